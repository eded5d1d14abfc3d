using DailyDigest.Testing.Services;
using Microsoft.Playwright;

namespace DailyDigest.EndToEnd.Tests.Rig;

/// <summary>Debian's Chromium without a window.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private readonly IPlaywright playwright;
    private readonly IBrowser browser;

    private Browser(IPlaywright playwright, IBrowser browser) => (this.playwright, this.browser) = (playwright, browser);

    /// <summary>Starts it; skips the test, or fails where services are required, when it is not installed.</summary>
    public static async Task<Browser> StartAsync()
    {
        var chromium = TestServices.RequireProgram("chromium");
        var playwright = await Playwright.CreateAsync();
        return new Browser(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Flags }));
    }

    /// <summary>A page as a reader in English without JavaScript sees it.</summary>
    public async Task<IPage> PageAsync()
    {
        var context = await browser.NewContextAsync(new() { JavaScriptEnabled = false, Locale = "en-GB" });
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }
}
