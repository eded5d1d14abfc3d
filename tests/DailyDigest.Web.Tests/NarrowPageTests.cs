using DailyDigest.Testing.Services;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Browser;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests;

/// <summary>Words that are longer than a line of the smallest phone break, and no page is wider than the screen.</summary>
public sealed class NarrowPageTests
{
    private static readonly string Word = string.Concat(Enumerable.Repeat("Gazette", 7));

    [Theory]
    [InlineData("en")]
    [InlineData("ar")]
    public async Task Long_words_do_not_widen_a_page_on_the_smallest_phone(string language)
    {
        TestServices.RequireProgram("chromium");
        await using var site = await WebFixture.StartAsync(publication =>
            (publication.Name, publication.Tagline, publication.PostalAddress, publication.Sections) =
                (Word, Word + Word, Word + Word, [Word + Word, "Sport"]));
        await site.DigestAsync(new DateOnly(2026, 3, 2), Word + Word);
        var person = await site.SubscribedAsync($"{new string('a', 60)}@{new string('b', 60)}.example.com");
        var links = site.Get<ReaderLinks>();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        await using var context = await browser.NewContextAsync(
            new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 320, Height = 720 } });
        var page = await context.NewPageAsync();
        var root = site.Client.BaseAddress!.ToString().TrimEnd('/');

        var wide = new List<string>();
        foreach (var path in new[]
        {
            "/", "/digests", "/digests/2026-03-02", "/nothing", "/api/v1/docs", WebFixture.Path(links.Preferences(person.Id)),
            WebFixture.Path(links.Unsubscribe(person.Id, person.Version)), site.Mailed(LinkPurpose.Move, person),
        })
        {
            await page.GotoAsync($"{root}{path}?lang={language}");
            var width = await page.EvaluateAsync<int>("document.documentElement.scrollWidth");
            wide.AddRange(width > 320 ? [$"{path.Split('/')[1]}: {width}"] : Array.Empty<string>());
        }

        Assert.Empty(wide);
    }
}
