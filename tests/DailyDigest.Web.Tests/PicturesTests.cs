using DailyDigest.Subscribers;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests;

/// <summary>Makes pictures for a person to look at. What they show is tested elsewhere; that no page is wider than the phone is tested here.</summary>
public sealed class PicturesTests
{
    private const string Chromium = "/usr/bin/chromium";

    [Fact]
    public async Task Pictures_of_every_page()
    {
        if (!File.Exists(Chromium))
        {
            Assert.SkipWhen(Environment.GetEnvironmentVariable("DAILYDIGEST_REQUIRE_SERVICES") != "1", "Chromium is not installed at " + Chromium + ".");
            Assert.Fail("Chromium is not installed at " + Chromium + ".");
        }

        var folder = Environment.GetEnvironmentVariable("DAILYDIGEST_EYEBALL");
        await using var site = await Site.StartAsync();
        await site.DigestAsync(new DateOnly(2026, 3, 1));
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        var person = await site.SubscribedAsync();
        var links = site.Get<ReaderLinks>();
        (string Name, string Path)[] pages =
        [
            ("sign-up", "/"), ("inbox", "/check-your-inbox"), ("archive", "/digests"), ("not-found", "/nothing"),
            ("unsubscribe", Site.Path(links.Unsubscribe(person.Id))), ("preferences", Site.Path(links.Preferences(person.Id))),
            ("dead-link", "/confirm/x"), ("desk", "/desk/digests/2026-03-02"),
        ];
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Args = ["--no-sandbox"] });
        foreach (var (look, width, scheme, language) in new[]
        {
            ("phone", 375, ColorScheme.Light, "en"), ("desk", 1280, ColorScheme.Light, "en"), ("dark", 1280, ColorScheme.Dark, "en"),
            ("phone-dark", 375, ColorScheme.Dark, "en"), ("arabic", 1280, ColorScheme.Light, "ar"), ("arabic-phone", 375, ColorScheme.Light, "ar"),
        })
        {
            await using var context = await browser.NewContextAsync(new BrowserNewContextOptions
            {
                ViewportSize = new ViewportSize { Width = width, Height = 800 },
                ColorScheme = scheme,
                JavaScriptEnabled = true,
                ExtraHTTPHeaders = new Dictionary<string, string> { ["X-Api-Key"] = Site.Key },
            });
            var page = await context.NewPageAsync();
            foreach (var (name, path) in pages)
            {
                await page.GotoAsync(site.Client.BaseAddress + path[1..] + "?lang=" + language);
                Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width, $"{name} is wider than {width} pixels.");
                await ShootAsync(page, folder, $"page-{name}-{look}.png");
            }

            await page.GotoAsync(site.Client.BaseAddress + "?lang=" + language);
            await page.FillAsync("#email", "nonsense");
            await page.PressAsync("#answer", "Enter");
            Assert.Equal("fault", await page.GetAttributeAsync("#email", "aria-describedby"));
            await ShootAsync(page, folder, $"page-fault-{look}.png");
        }
    }

    private static async Task ShootAsync(IPage page, string? folder, string name)
    {
        if (folder is not null)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name), FullPage = true });
        }
    }
}
