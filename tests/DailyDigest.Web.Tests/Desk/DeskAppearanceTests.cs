using DailyDigest.Accounts;
using DailyDigest.Testing.Services;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>
/// The desk in a browser, as an owner sees it: light and dark, wide and narrow, in both directions. Axe finds no fault, and no page is
/// wider than the screen. DAILYDIGEST_EYEBALL=folder saves a screenshot of each page.
/// </summary>
public sealed class DeskAppearanceTests : IAsyncLifetime
{
    private readonly string? folder = Environment.GetEnvironmentVariable("DAILYDIGEST_EYEBALL");
    private WebFixture site = null!;
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        TestServices.RequireProgram("chromium");
        site = await WebFixture.StartAsync();
        await site.DigestAsync(new DateOnly(2026, 3, 1));
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        await site.FiguresAsync(days: 380);
        await site.RunsToSeeAsync();
        playwright = await Playwright.CreateAsync();
        browser = await OtherSiteTests.LaunchAsync(playwright);
    }

    public async ValueTask DisposeAsync()
    {
        await (browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        playwright?.Dispose();
        await (site?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Theory]
    [InlineData("desk", 1280, ColorScheme.Light, "en")]
    [InlineData("dark", 1280, ColorScheme.Dark, "en")]
    [InlineData("phone", 375, ColorScheme.Light, "en")]
    [InlineData("arabic", 1280, ColorScheme.Light, "ar")]
    [InlineData("arabic-phone-dark", 375, ColorScheme.Dark, "ar")]
    public async Task Every_page_of_the_desk_is_accessible(string look, int width, ColorScheme scheme, string language)
    {
        await using var context = await browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            ColorScheme = scheme,
            JavaScriptEnabled = true,
        });
        await Axe.AddAsync(context);
        var page = await context.NewPageAsync();
        var faults = new List<string>();

        await GoAsync("sign-in", "/desk/sign-in");
        await GoAsync("sign-in-ended", "/desk/sign-in?ended=1");
        await GoAsync("invitation", await site.InviteAsync(Role.Owner));
        await page.FillAsync("#name", "Lina Haddad");
        await page.FillAsync("#password", WebFixture.Password);
        await page.PressAsync("#password", "Enter");
        await page.WaitForSelectorAsync(".done");
        await LookAsync("welcome");
        foreach (var (name, path) in new[]
        {
            ("digests", "/desk/digests"), ("digest", "/desk/digests/2026-03-02"), ("nothing", "/desk/nothing"), ("audit", "/desk/audit"),
            ("audit-none", "/desk/audit?verb=none"), ("figures", "/desk/figures"), ("figures-week", "/desk/figures?days=7"),
            ("figures-year", "/desk/figures?days=365"),
            ("today", "/desk/today"), ("runs", "/desk/runs"), ("runs-date", "/desk/runs/2026-03-02"),
            ("run", "/desk/runs/2026-03-01/daily_07_Europe.Paris"), ("run-open", "/desk/runs/2026-03-02/daily_07_Europe.Paris"),
            ("run-act", "/desk/runs/2026-03-01/daily_07_Europe.Paris/missing"),
            ("run-no", "/desk/runs/2026-03-01/daily_07_Europe.Paris/pause"),
        })
        {
            await GoAsync(name, path);
        }

        if (width < 800)
        {
            await page.ClickAsync(".menu summary");
            await LookAsync("menu");
        }

        Assert.Empty(faults);

        async Task GoAsync(string name, string path)
        {
            await page.GotoAsync(
                site.Client.BaseAddress + path[1..] + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "lang=" + language);
            await LookAsync(name);
        }

        async Task LookAsync(string name)
        {
            if (await page.EvaluateAsync<int>("document.documentElement.scrollWidth") > width)
            {
                faults.Add($"{name} is wider than {width} pixels.");
            }

            faults.AddRange((await Axe.FaultsAsync(page)).Select(fault => $"{name}: {fault}"));
            if (folder is not null)
            {
                await page.ScreenshotAsync(
                    new PageScreenshotOptions { Path = Path.Combine(folder, $"desk-{name}-{look}.png"), FullPage = true });
            }
        }
    }
}
