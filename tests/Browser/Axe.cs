using DailyDigest.Testing.Services;
using Microsoft.Playwright;

namespace DailyDigest.Tests.Browser;

/// <summary>Checks the accessibility of a page with axe-core: all its rules and the size of targets.</summary>
internal static class Axe
{
    private const string Run = """
        async () => (await axe.run(document, { rules: { 'target-size': { enabled: true } } }))
          .violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary}`))
        """;

    /// <summary>
    /// Adds axe to every page of the browser, in spite of the pages' own policy. Without axe-core the test is skipped, or fails if services
    /// are required.
    /// </summary>
    public static Task AddAsync(IBrowserContext context)
    {
        TestServices.Require("axe-core");
        return context.AddInitScriptAsync(scriptPath: Path.Combine(TestServices.Folder, "node_modules", "axe-core", "axe.min.js"));
    }

    /// <summary>The faults; empty if there are none.</summary>
    public static async Task<string[]> FaultsAsync(IPage page)
    {
        // A frame that is still being loaded loses axe's question, and axe waits for its answer in vain.
        await page.WaitForLoadStateAsync();
        foreach (var frame in page.Frames.ToList())
        {
            await frame.WaitForLoadStateAsync();
        }

        return await page.EvaluateAsync<string[]>(Run);
    }
}
