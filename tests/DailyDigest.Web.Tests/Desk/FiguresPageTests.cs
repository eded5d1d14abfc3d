using System.Net;
using DailyDigest.Accounts;
using DailyDigest.Testing.Services;
using DailyDigest.Tests.Browser;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>The page of figures: sentences, plots, and the same numbers as tables and as CSV.</summary>
public sealed class FiguresPageTests : IAsyncLifetime
{
    private WebFixture site = null!;

    public async ValueTask InitializeAsync() => site = await WebFixture.StartAsync();

    public async ValueTask DisposeAsync() => await (site?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Fact]
    public async Task A_new_publication_has_a_page_of_zeros()
    {
        using var viewer = await site.SignInAsync(Role.Viewer);
        var html = await viewer.PageAsync("/desk/figures");

        Assert.Contains("The subscribers are still being counted: 0 % are done.", html, StringComparison.Ordinal);
        Assert.Contains("No run was closed in these days.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Figures.", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_says_how_many_there_are_what_was_sent_and_what_was_not()
    {
        await site.FiguresAsync(days: 40);
        using var viewer = await site.SignInAsync(Role.Viewer);
        var html = await viewer.PageAsync("/desk/figures?days=7");

        Assert.Contains("1,204 subscribers, 35 more than a week ago.", html, StringComparison.Ordinal);
        Assert.Contains("In 7 days 49 came and 14 left.", html, StringComparison.Ordinal);
        Assert.Contains("Digests sent: 8,190. Runs: 14.", html, StringComparison.Ordinal);
        Assert.Contains("Not delivered: 21, or 0.3", html, StringComparison.Ordinal);
        Assert.Contains("On a usual day the last mail leaves 5 min after its hour.", html, StringComparison.Ordinal);
        Assert.Contains("gmail.com", html, StringComparison.Ordinal);
        Assert.Contains("all others", html, StringComparison.Ordinal);
        Assert.Contains("7 (0.14%)", html, StringComparison.Ordinal);
        Assert.Contains("14 (0.29%)", html, StringComparison.Ordinal);
        Assert.Contains(
            "In 7 days 14 called a mail spam (0.17% of the mails), and 14 ended as bounced (0.17%).", html, StringComparison.Ordinal);

        // A wrong period is the usual one.
        Assert.Contains("In 30 days 210 came", await viewer.PageAsync("/desk/figures?days=x"), StringComparison.Ordinal);
        Assert.Contains("خلال 7 أيام انضم 49 وغادر 14.", await viewer.PageAsync("/desk/figures?days=7&lang=ar"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_table_is_a_file_for_who_may_see_it()
    {
        await site.FiguresAsync(days: 40);
        foreach (var (path, lines, first) in new[]
        {
            ("/desk/figures/days.csv?days=7", 8, "date,subscribers,sign_ups,"),
            ("/desk/figures/domains.csv?days=7", 22,
                "date,domain,sent,rejected,deferred,expired,held,complaints,bounces,complaint_percent,bounce_percent"),
            ("/desk/figures/feeds.csv?days=7", 3, "feed,read,new,"),
        })
        {
            using var viewer = await site.SignInAsync(Role.Viewer, $"{lines}@example.com");
            using var answer = await viewer.GetAsync(path);
            Assert.Equal((HttpStatusCode.OK, "text/csv"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            Assert.Equal("attachment", answer.Content.Headers.ContentDisposition?.DispositionType);
            var text = (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).TrimEnd().Split('\n');
            Assert.StartsWith(first, text[0], StringComparison.Ordinal);
            Assert.Equal(lines, text.Length);

            using var stranger = site.Visitor();
            using var refused = await stranger.GetAsync(path);
            Assert.NotEqual(HttpStatusCode.OK, refused.StatusCode);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_numbers_of_a_plot_are_reached_by_keyboard_with_and_without_script(bool script)
    {
        TestServices.RequireProgram("chromium");
        await site.FiguresAsync(days: 40);
        (await site.SignInAsync(Role.Viewer)).Dispose();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        await using var context = await browser.NewContextAsync(new BrowserNewContextOptions { JavaScriptEnabled = script });
        var page = await context.NewPageAsync();
        await site.SignInAsync(page, Role.Viewer);
        await page.GotoAsync(site.Client.BaseAddress + "desk/figures?days=7");

        var summary = page.Locator("figure.plot summary").Nth(2);
        await summary.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var table = page.Locator("figure.plot").Nth(2).Locator("table");
        await table.WaitForAsync();
        Assert.Equal(8, await table.Locator("tr").CountAsync());
        Assert.Equal(7, await page.Locator("figure.plot").Nth(2).Locator("rect.one").CountAsync());
        Assert.Equal("1,170", await table.Locator("tbody tr").First.Locator("td").First.InnerTextAsync());
    }
}
