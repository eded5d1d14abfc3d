using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DailyDigest.Mail.Pickup;
using DailyDigest.Mail.Rendering;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;
using Microsoft.Playwright;

namespace DailyDigest.Mail.Tests;

/// <summary>What judges of HTML, mail clients, accessibility and spam say.</summary>
public sealed partial class JudgeTests(MailBrowser browser) : IClassFixture<MailBrowser>
{
    /// <summary>What a client lacks, and what its readers see instead. Anything else that a client lacks fails.</summary>
    private static readonly Dictionary<string, string> Degradations = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("digest", "en")]
    [InlineData("digest", "ar")]
    [InlineData("Confirm", "en")]
    [InlineData("AlreadySubscribed", "ar")]
    public async Task Html_is_valid_and_what_it_uses_works_or_degrades_in_the_main_clients(string what, string language)
    {
        TestServices.Require("html-validate");
        TestServices.Require("caniemail");
        var html = await HtmlAsync(what, language);

        var (code, output, errors) = await NodeService.RunAsync("mail-html.js", [], html, Stop);

        Assert.True(code == 0, errors);
        using var verdict = JsonDocument.Parse(output);
        Assert.Empty(verdict.RootElement.GetProperty("html").EnumerateArray().Select(m => m.GetString()));
        Assert.All(
            verdict.RootElement.GetProperty("clients").EnumerateArray().Select(m => m.GetString()!),
            complaint => Assert.Contains(complaint.Split(' ', 2)[1].Split(": ")[0], Degradations.Keys));
    }

    [Theory]
    [InlineData("digest", "en", false)]
    [InlineData("digest", "en", true)]
    [InlineData("digest", "ar", false)]
    [InlineData("digest", "ar", true)]
    [InlineData("Confirm", "en", false)]
    [InlineData("AlreadySubscribed", "ar", true)]
    public async Task Axe_finds_nothing(string what, string language, bool dark)
    {
        TestServices.Require("axe-core");
        var page = await browser.OpenAsync(await HtmlAsync(what, language), 700, dark);
        await page.AddScriptTagAsync(new PageAddScriptTagOptions { Path = Path.Combine(TestServices.Folder, "node_modules", "axe-core", "axe.min.js") });

        var found = await page.EvaluateAsync<string[]>(
            "async () => (await axe.run()).violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary}`))");

        Assert.Empty(found);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ar")]
    public async Task Spamassassin_takes_it_for_mail(string language)
    {
        var spamassassin = TestServices.RequireProgram("spamassassin");
        var folder = Directory.CreateTempSubdirectory("dd-spam-").FullName;
        var variant = (await Sample.Renderer().RenderAsync(Sample.Digest(language), language, [], Stop))!;
        await using (var session = new PickupTransport(Sample.Options(folder), Sample.Publication()).OpenSession())
        {
            await session.SendAsync(Sample.Mail(variant) with { Date = DateTimeOffset.UtcNow }, Stop);
        }

        var message = await File.ReadAllTextAsync(Directory.GetFiles(folder).Single(), Stop);
        Directory.Delete(folder, recursive: true);
        var start = new ProcessStartInfo(spamassassin, ["-L", "-t"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Stop);
        await process.StandardInput.WriteAsync(message.AsMemory(), Stop);
        process.StandardInput.Close();
        var report = await process.StandardOutput.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        await errors;

        var status = Status().Match(report.Replace("\n\t", " ", StringComparison.Ordinal));
        Assert.True(status.Success, report);
        var tests = status.Groups[2].Value;
        Assert.True(double.Parse(status.Groups[1].Value, CultureInfo.InvariantCulture) < 2, tests);
        Assert.DoesNotContain(tests.Split(','), test => test.Contains("MIME", StringComparison.Ordinal) && !test.Contains("HTML_MESSAGE", StringComparison.Ordinal)
            || test.StartsWith("HTML_", StringComparison.Ordinal) && test != "HTML_MESSAGE" || test.Contains("MALFORM", StringComparison.Ordinal));
    }

    private static async Task<string> HtmlAsync(string what, string language) => what == "digest"
        ? (await Sample.Renderer().RenderAsync(Sample.Digest(language), language, [], Stop))!.Html
        : (await new RazorNoticeRenderer(Sample.Publication(), Sample.Options())
            .RenderAsync(Enum.Parse<NoticeKind>(what), language, Sample.Preferences, Stop)).Html;

    [GeneratedRegex(@"X-Spam-Status: \w+, score=(-?[\d.]+) required=[\d.]+ tests=(\S*)")]
    private static partial Regex Status();
}
