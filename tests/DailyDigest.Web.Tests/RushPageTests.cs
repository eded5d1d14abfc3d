using DailyDigest.Subscribers;
using DailyDigest.Tests.Browser;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests;

/// <summary>The page with the harder check in a browser: axe finds no fault, and the keyboard stays on the form.</summary>
public sealed class RushPageTests
{
    [Theory]
    [InlineData("en", true, 320, ColorScheme.Light)]
    [InlineData("en", false, 320, ColorScheme.Dark)]
    [InlineData("ar", true, 320, ColorScheme.Dark)]
    [InlineData("ar", false, 1280, ColorScheme.Light)]
    public async Task The_harder_check_is_accessible(string language, bool script, int width, ColorScheme scheme)
    {
        await using var site = await RushAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        await using var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 720 },
            ColorScheme = scheme,
        });

        // Axe is a script too. So only the page's own script is left out.
        await context.RouteAsync("**/*.js", route => script ? route.ContinueAsync() : route.AbortAsync());
        await Axe.AddAsync(context);
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{site.Client.BaseAddress}?lang={language}");
        if (script)
        {
            await Assertions.Expect(page.Locator("#work-status")).Not.ToBeEmptyAsync();
            await LookAsync("busy or ready");
            await Assertions.Expect(page.Locator("[name=work]")).Not.ToHaveValueAsync("", new() { Timeout = 120_000 });
        }

        await LookAsync("ready");

        async Task LookAsync(string name)
        {
            Assert.Empty((await Axe.FaultsAsync(page)).Select(fault => $"{name}: {fault}"));
            Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, width);
        }
    }

    [Fact]
    public async Task The_focus_is_on_the_button_where_the_browser_works_in_place_of_the_reader()
    {
        await using var site = await RushAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        var check = site.Get<HumanCheck>().Create();
        site.Time.Advance(TimeSpan.FromSeconds(5));
        await page.GotoAsync(site.Client.BaseAddress!.ToString());
        await page.EvaluateAsync(
            """
            ([check, answer]) => {
              const form = document.createElement("form");
              form.method = "post";
              form.action = "/signup";
              form.innerHTML = `<input name="email" value="reader@example.com"><input name="check" value="${check}">`
                + `<input name="answer" value="${answer}">`;
              document.body.append(form);
              form.submit();
            }
            """, new[] { check.Token, $"{check.First + check.Second}" });
        await page.Locator("#answer-fault").WaitForAsync();

        await Assertions.Expect(page.Locator("form[data-work] button[type=submit]")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_reader_who_presses_the_button_early_is_asked_to_wait()
    {
        await using var site = await RushAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();

        // No browser finishes this work.
        await page.RouteAsync("**/", async route =>
        {
            var answer = await route.FetchAsync();
            var html = (await answer.TextAsync()).Replace(
                $"data-work=\"{HumanCheck.WorkBits}\"", "data-work=\"33\"", StringComparison.Ordinal);
            await route.FulfillAsync(new RouteFulfillOptions { Response = answer, Body = html });
        });
        await page.GotoAsync(site.Client.BaseAddress!.ToString());
        await page.FillAsync("#email", "reader@example.com");
        await page.ClickAsync("form[data-work] button[type=submit]");

        await Assertions.Expect(page.Locator("#work-status")).ToHaveTextAsync(new PageTexts("en")["SignUp.Work.Wait"]);
    }

    private static async Task<WebFixture> RushAsync()
    {
        var site = await WebFixture.StartAsync(null, ("SignUp:PerHour", "100"), ("SignUp:PerNetworkPerHour", "30"));
        for (var number = 0; number < 80; number++)
        {
            Assert.Null(await site.Get<SignUpBudget>().TakeAsync(SignUpBudget.AllSignUps, 100, CancellationToken.None));
        }

        site.Time.Advance(TimeSpan.FromSeconds(5));
        return site;
    }
}
