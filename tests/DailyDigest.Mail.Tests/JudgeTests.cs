using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DailyDigest.Mail.Pickup;
using DailyDigest.Mail.Rendering;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;
using Microsoft.Playwright;

namespace DailyDigest.Mail.Tests;

/// <summary>Mails checked by tools for HTML, mail clients, accessibility and spam.</summary>
public sealed partial class JudgeTests(MailBrowser browser) : IClassFixture<MailBrowser>
{
    /// <summary>
    /// Features that Gmail, Outlook for Windows, Apple Mail or Yahoo does not support ("error") or supports in part ("warning"), and what
    /// readers see instead. Every other finding fails the test.
    /// </summary>
    private static readonly Dictionary<string, string> Degradations = new()
    {
        // The style blocks hold enhancements only: sizes for phones and colours for dark mode. All other styles are inline.
        ["<style> element"] = "Gmail's mobile web page (accounts of other providers): inline styles only",
        ["@media"] = "Outlook for Windows, Gmail in part: the desktop layout, 600 px or narrower, and the client's own night colours",
        ["Attribute selector"] = "only for Outlook's own night mode, which has it",
        ["Class selector"] = "as with <style>",
        ["Descendant combinator"] = "as with <style>",
        ["Type selector"] = "as with <style>",
        ["!important keyword"] = "stands in the style blocks only, to override inline styles where those count",
        ["color-scheme CSS property"] = "the client's own night colours; ours survive inversion",
        ["color-scheme meta tag"] = "as above",

        // Outlook for Windows (Word) and others differ here.
        ["<body> element"] = "becomes a div; the background is repeated on the outer table",
        ["background"] = "colours only, which work; no background images are used",
        ["border"] = "works in pixels, which is how it is used",
        ["border-radius"] = "Outlook: the authors' circles and the button are square",
        ["display"] = "Outlook: an image is inline, alone in its cell; the button's padding is the cell's",
        ["display:none"] = "Outlook hides by mso-hide; on Gmail's mobile web page the preheader is a line above the mail",
        ["max-height property"] = "stands beside display:none, which works there",
        ["max-width"] = "Outlook: the conditional table is 600 px wide, images have a width attribute",
        ["overflow"] = "stands beside display:none",
        ["width property"] = "Outlook: on images, which have the attribute as well",
        ["width attribute"] = "Outlook: pixels and 100% work, which is how it is used",
        ["height attribute"] = "Outlook: pixels work on images; on the rules the property counts",
        ["height property"] = "Yahoo: images keep their proportions without it; rules have the attribute as well",
        ["margin"] = "no negative and no auto margins but on the content, which align=center centres",
        ["padding"] = "Outlook: on cells, where it works",
        ["font-size"] = "pixels work, which is how it is used",
        ["font-weight"] = "bold works, which is how it is used",
        ["letter-spacing"] = "pixels or em by client; labels are a little tighter",
        ["line-height"] = "Outlook: mso-line-height-rule makes it exact where it matters",
        ["text-align"] = "left, right and center work; start and end are not used",
        ["text-decoration"] = "none and underline work, which is how it is used",
        ["text-transform"] = "uppercase works, which is how it is used",
        ["overflow-wrap"] = "word-break, beside it, breaks long words in Gmail; with neither a long word widens the mail",
        ["word-break"] = "Yahoo: a long link in a notice may scroll; the button above it is the way",

        // Meaning for screen readers.
        ["aria-hidden attribute"] = "Yahoo: the author's initial is read before the name",
        ["dir attribute"] = "Gmail's mobile web page, Outlook: on cells and paragraphs align says the same",
        ["lang attribute"] = "Yahoo: the reader's own language is assumed",
        ["role attribute"] = "Yahoo: tables may be announced",
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("digest", "en")]
    [InlineData("digest", "ar")]
    [InlineData("Confirm", "en")]
    [InlineData("AlreadySubscribed", "ar")]
    [InlineData("NewAddress", "en")]
    [InlineData("AddressChanged", "ar")]
    [InlineData("AddressReturned", "ar")]
    [InlineData("DataLink", "en")]
    [InlineData("MoveLink", "ar")]
    [InlineData("EraseLink", "en")]
    public async Task Html_is_valid_and_works_or_degrades_in_the_main_clients(string what, string language)
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
    [InlineData("NewAddress", "ar", false)]
    [InlineData("AddressChanged", "en", true)]
    public async Task Axe_finds_nothing(string what, string language, bool dark)
    {
        TestServices.Require("axe-core");
        var page = await browser.OpenAsync(await HtmlAsync(what, language), 700, dark);
        await page.AddScriptTagAsync(
            new PageAddScriptTagOptions { Path = Path.Combine(TestServices.Folder, "node_modules", "axe-core", "axe.min.js") });

        var found = await page.EvaluateAsync<string[]>(
            "async () => (await axe.run()).violations"
            + ".flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary}`))");

        Assert.Empty(found);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ar")]
    public async Task Spamassassin_does_not_take_a_digest_for_spam(string language)
    {
        var spamassassin = TestServices.RequireProgram("spamassassin");
        var folder = Directory.CreateTempSubdirectory("dd-spam-").FullName;
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(language), language, [], Stop))!;
        await using (var session = new PickupTransport(SampleMails.Options(folder), SampleMails.Publication()).OpenSession())
        {
            await session.SendAsync(SampleMails.Mail(variant) with { Date = TimeProvider.System.GetUtcNow() }, Stop);
        }

        var message = await File.ReadAllTextAsync(Directory.GetFiles(folder).Single(), Stop);
        Directory.Delete(folder, recursive: true);
        var start = new ProcessStartInfo(
            spamassassin, ["-L", "-t"])
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
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
        Assert.DoesNotContain(tests.Split(','), test => test.Contains("MIME", StringComparison.Ordinal)
            && !test.Contains("HTML_MESSAGE", StringComparison.Ordinal)
            || test.StartsWith("HTML_", StringComparison.Ordinal) && test != "HTML_MESSAGE"
                || test.Contains("MALFORM", StringComparison.Ordinal));
    }

    private static async Task<string> HtmlAsync(string what, string language) => what == "digest"
        ? (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(language), language, [], Stop))!.Html
        : (await new RazorNoticeRenderer(SampleMails.Publication(), SampleMails.Options())
            .RenderAsync(Enum.Parse<NoticeKind>(what), language, SampleMails.Preferences, Stop)).Html;

    [GeneratedRegex(@"X-Spam-Status: \w+, score=(-?[\d.]+) required=[\d.]+ tests=(\S*)")]
    private static partial Regex Status();
}
