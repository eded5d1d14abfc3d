using DailyDigest.Accounts;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Testing.Services;
using DailyDigest.Tests.Browser;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>Today and a run's acts in a browser: live with script, by keyboard alone without it.</summary>
public sealed class RunBrowserTests : IAsyncLifetime
{
    private const string Page = "desk/runs/2026-03-02/daily_07_Europe.Paris";
    private WebFixture site = null!;
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        TestServices.RequireProgram("chromium");
        site = await WebFixture.StartAsync();
        await site.RunAsync(RunState.Open, [DeliveryState.Sent, DeliveryState.Sent, DeliveryState.Deferred]);
        using (await site.SignInAsync(Role.Operator))
        {
        }

        playwright = await Playwright.CreateAsync();
        browser = await ChromiumBrowser.LaunchAsync(playwright);
    }

    public async ValueTask DisposeAsync()
    {
        await (browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        playwright?.Dispose();
        await (site?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task Today_renews_itself_and_keeps_the_focus()
    {
        await using var context = await browser!.NewContextAsync();
        var page = await context.NewPageAsync();
        await site.SignInAsync(page, Role.Operator);
        await page.GotoAsync(site.Client.BaseAddress + "desk/today");
        await page.EvaluateAsync("window.mark = 'same page'");
        await page.FocusAsync(".run h3 a");
        await page.WaitForSelectorAsync("svg[aria-label^='2 sent']");

        await SendAsync(57);

        await page.WaitForSelectorAsync("svg[aria-label^='57 sent']");
        Assert.Equal("same page", await page.EvaluateAsync<string>("window.mark"));
        Assert.Equal("/" + Page, await page.EvaluateAsync<string>("document.activeElement.getAttribute('href')"));
    }

    [Fact]
    public async Task Live_pages_run_only_our_own_script()
    {
        using var person = await site.SignInAsync(Role.Operator);
        foreach (var path in new[] { "/desk/today", "/" + Page })
        {
            using var answer = await person.GetAsync(path);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("script-src 'self'; connect-src 'self';", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_script_today_loads_itself_again()
    {
        using var person = await site.SignInAsync(Role.Viewer);
        Assert.Contains(
            "<noscript><meta http-equiv=\"refresh\" content=\"60\"></noscript>", await person.PageAsync("/desk/today"),
            StringComparison.Ordinal);
        Assert.DoesNotContain("http-equiv=\"refresh\"", await person.PageAsync("/" + Page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_is_paused_by_keyboard_alone_and_without_script()
    {
        await using var context = await browser!.NewContextAsync(new BrowserNewContextOptions { JavaScriptEnabled = false });
        var page = await context.NewPageAsync();
        await site.SignInAsync(page, Role.Operator);
        await page.GotoAsync(site.Client.BaseAddress + Page);

        await TabToAsync(page, $"a[href='/{Page}/pause']");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("main form button");
        await TabToAsync(page, "main form button");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync(".done");

        Assert.True((await site.RunAsync())!.Paused);
    }

    private static async Task TabToAsync(IPage page, string selector)
    {
        for (var presses = 0; presses < 80; presses++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.Locator(selector + ":focus").CountAsync() == 1)
            {
                return;
            }
        }

        Assert.Fail(selector + " is not reached by the Tab key.");
    }

    private async Task SendAsync(long sent)
    {
        var part = new Part(WebFixture.RunDate, Part.Whole, WebFixture.Home);
        var row = (await site.Get<ITableStore>().GetAsync(Tables.Ledger, part.Partition, part.ControlKey, CancellationToken.None))!;
        await site.Get<ITableStore>().WriteAsync(
            Tables.Ledger, part.Partition, TableWrite.Upsert((PartControl.Read(row) with { Sent = sent }).ToRow(part)),
            CancellationToken.None);
    }
}
