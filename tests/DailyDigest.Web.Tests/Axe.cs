using DailyDigest.Runs;
using DailyDigest.Testing.Services;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests;

/// <summary>The judge of whether everybody can use a page (axe-core, all its rules and the size of targets).</summary>
internal static class Axe
{
    private const string Run = """
        async () => (await axe.run(document, { rules: { 'target-size': { enabled: true } } }))
          .violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary}`))
        """;

    /// <summary>Puts it into every page of the browser, in spite of the pages' own policy. Without it the test is skipped, or fails where services are required.</summary>
    public static Task AddAsync(IBrowserContext context)
    {
        TestServices.Require("axe-core");
        return context.AddInitScriptAsync(scriptPath: Path.Combine(TestServices.Folder, "node_modules", "axe-core", "axe.min.js"));
    }

    /// <summary>What it finds fault with; empty if nothing.</summary>
    public static Task<string[]> FaultsAsync(IPage page) => page.EvaluateAsync<string[]>(Run);
}
