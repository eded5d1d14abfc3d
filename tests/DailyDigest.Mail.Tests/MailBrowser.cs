using DailyDigest.Digests;
using DailyDigest.Testing.Services;
using Microsoft.Playwright;

namespace DailyDigest.Mail.Tests;

/// <summary>Debian's Chromium without a network: pictures come from the tests, every other request is refused.</summary>
public sealed class MailBrowser : IAsyncLifetime
{
    private static readonly byte[] Blank = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=");

    private IPlaywright? playwright;
    private IBrowser? browser;
    private Dictionary<string, byte[]> pictures = [];

    public async ValueTask InitializeAsync()
    {
        if (TestServices.Which("chromium") is not { } chromium)
        {
            return;
        }

        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
                "--disable-component-update", "--no-first-run"],
            Timeout = 120_000,
        });
    }

    /// <summary>Draws the sample digest's pictures, for screenshots. Blank pictures suffice for measuring.</summary>
    public async Task DrawAsync()
    {
        TestServices.RequireProgram("chromium");
        if (pictures.Count == 0)
        {
            pictures = await DrawAllAsync();
        }
    }

    /// <summary>
    /// The page, with its content laid out. Without Chromium the test is skipped; it fails where services are required.
    /// </summary>
    public async Task<IPage> OpenAsync(string html, int width, bool dark = false, float scale = 1, bool blocked = false)
    {
        TestServices.RequireProgram("chromium");
        var context = await browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            DeviceScaleFactor = scale,
        });
        var page = await context.NewPageAsync();
        await page.RouteAsync("**/*", route =>
            !blocked && new Uri(route.Request.Url).AbsolutePath.EndsWith(".png", StringComparison.Ordinal)
                ? route.FulfillAsync(new RouteFulfillOptions
                {
                    BodyBytes = pictures.GetValueOrDefault(
                    new Uri(route.Request.Url).AbsolutePath, Blank),
                    ContentType = "image/png"
                })
                : route.AbortAsync());
        await page.SetContentAsync(Fill(html), new PageSetContentOptions { WaitUntil = WaitUntilState.Load });
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
    }

    private static string Fill(string html) => html
        .Replace(Slots.Unsubscribe, "https://digest.example.com/u", StringComparison.Ordinal)
        .Replace(Slots.Preferences, "https://digest.example.com/p", StringComparison.Ordinal);

    /// <summary>A PNG, because mail clients do not show SVG. It is drawn here, so that no picture with a copyright is needed.</summary>
    private async Task<Dictionary<string, byte[]>> DrawAllAsync()
    {
        var drawn = new Dictionary<string, byte[]>();
        foreach (var (name, width, height, svg) in Drawings.All)
        {
            var page = await browser!.NewPageAsync(
                new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = width, Height = height } });
            await page.SetContentAsync(
                $"<body style=\"margin:0\"><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" "
                + $"viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" style=\"display:block\">{svg}</svg></body>");
            drawn[name] = await page.ScreenshotAsync();
            await page.CloseAsync();
        }

        return drawn;
    }
}

/// <summary>The sample digest's pictures.</summary>
internal static class Drawings
{
    public static readonly (string Name, int Width, int Height, string Svg)[] All =
    [
        ("/barrier.png", 1200, 675,
            """
            <defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#22344f"/>
            <stop offset=".55" stop-color="#b96f5a"/><stop offset=".7" stop-color="#f1c58c"/></linearGradient></defs>
            <rect width="1200" height="675" fill="url(#s)"/><circle cx="820" cy="420" r="54" fill="#ffe9bd"/>
            <path d="M0 430 Q150 405 300 430 T600 430 T900 430 T1200 430 V675 H0Z" fill="#33516b"/>
            <g fill="#1c2530"><rect x="120" y="330" width="70" height="190"/><rect x="420" y="330" width="70" height="190"/>
            <rect x="720" y="330" width="70" height="190"/><rect x="1020" y="330" width="70" height="190"/>
            <rect x="100" y="360" width="1010" height="26"/><rect x="190" y="400" width="230" height="95" opacity=".85"/>
            <rect x="490" y="400" width="230" height="95" opacity=".85"/><rect x="790" y="400" width="230" height="95" opacity=".85"/></g>
            <path d="M0 500 Q100 440 200 490 T400 480 T600 500 T800 470 T1000 500 T1200 480 V675 H0Z" fill="#27435c"/>
            <path d="M0 560 Q120 510 240 555 T480 550 T720 560 T960 540 T1200 560 V675 H0Z" fill="#1d3449"/>
            <path d="M30 500 Q90 440 150 486 M380 482 Q440 420 520 492 M770 476 Q830 410 900 490" stroke="#e8eef2" stroke-width="7"
              fill="none" opacity=".8"/>
            """),
        ("/ferry.png", 800, 600,
            """
            <rect width="800" height="600" fill="#bcd3dd"/><rect y="380" width="800" height="220" fill="#4d7e92"/>
            <path d="M90 370 H710 L650 460 H150Z" fill="#fff"/><path d="M90 400 H690 L650 460 H150Z" fill="#b3372b"/>
            <rect x="190" y="290" width="420" height="80" fill="#f4f4f0"/><rect x="260" y="225" width="270" height="65" fill="#fff"/>
            <rect x="420" y="150" width="70" height="75" fill="#b3372b"/>
            <g fill="#39576a"><rect x="215" y="312" width="36" height="26"/><rect x="271" y="312" width="36" height="26"/>
            <rect x="327" y="312" width="36" height="26"/><rect x="383" y="312" width="36" height="26"/>
            <rect x="439" y="312" width="36" height="26"/><rect x="495" y="312" width="36" height="26"/>
            <rect x="551" y="312" width="36" height="26"/></g>
            <path d="M0 470 Q50 455 100 470 T200 470 T300 470 T400 470 T500 470 T600 470 T700 470 T800 470 V600 H0Z" fill="#3f6d80"/>
            """),
        ("/lighthouse.png", 600, 600,
            """
            <rect width="600" height="600" fill="#dfe8ea"/><path d="M0 480 H600 V600 H0Z" fill="#6f93a0"/>
            <path d="M180 500 Q300 420 430 500 L470 560 H140Z" fill="#4b4a45"/>
            <path d="M260 170 H340 L365 480 H235Z" fill="#fff"/>
            <path d="M254 245 H346 L351 310 H249Z M244 380 H356 L361 440 H239Z" fill="#c0392b"/>
            <rect x="250" y="150" width="100" height="20" fill="#333"/><rect x="270" y="100" width="60" height="50" fill="#ffe08a"/>
            <path d="M262 100 L300 66 L338 100Z" fill="#c0392b"/>
            """),
    ];
}
