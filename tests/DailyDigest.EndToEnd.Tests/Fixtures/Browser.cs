using DailyDigest.Testing.Services;
using Microsoft.Playwright;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>Debian's Chromium without a window.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private readonly IPlaywright playwright;
    private readonly IBrowser browser;

    private Browser(IPlaywright playwright, IBrowser browser) => (this.playwright, this.browser) = (playwright, browser);

    /// <summary>Starts it; skips the test, or fails where services are required, when it is not installed.</summary>
    public static async Task<Browser> StartAsync()
    {
        var chromium = TestServices.RequireProgram("chromium");
        var playwright = await Playwright.CreateAsync();
        return new Browser(
            playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Flags, Timeout = 120_000 }));
    }

    /// <summary>A page as a reader in English without JavaScript sees it.</summary>
    public Task<IPage> PageAsync() => PageAsync(new BrowserSettings("plain", Script: false));

    /// <summary>A page as a reader sees it whose browser is set so; nothing is shared with other pages.</summary>
    public async Task<IPage> PageAsync(BrowserSettings settings)
    {
        var context = await browser.NewContextAsync(settings.Options);
        var page = await context.NewPageAsync();

        // A busy machine answers a page late when it is asked for the first time.
        page.SetDefaultTimeout(120_000);
        return page;
    }

    /// <summary>Saves a picture of every page that is open.</summary>
    public async Task PicturesAsync(string folder, string name)
    {
        var pages = browser.Contexts.SelectMany(context => context.Pages).ToList();
        Directory.CreateDirectory(folder);
        for (var number = 0; number < pages.Count; number++)
        {
            await pages[number].ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{number + 1}.png"), FullPage = true });
        }
    }

    /// <summary>Closes every page.</summary>
    public async Task ClosePagesAsync()
    {
        foreach (var context in browser.Contexts.ToList())
        {
            await context.CloseAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }
}
