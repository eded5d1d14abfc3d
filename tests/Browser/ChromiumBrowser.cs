using DailyDigest.Testing.Services;
using Microsoft.Playwright;

namespace DailyDigest.Tests.Browser;

/// <summary>Debian's Chromium without a window.</summary>
internal static class ChromiumBrowser
{
    /// <summary>Starts it. If it is not installed, the test is skipped, or fails if services are required.</summary>
    /// <param name="playwright">The driver.</param>
    /// <param name="arguments">More arguments of its command line.</param>
    public static Task<IBrowser> LaunchAsync(IPlaywright playwright, params string[] arguments)
    {
        var chromium = TestServices.RequireProgram("chromium");
        return playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = chromium,
            Args = ["--no-sandbox", .. arguments],
            Timeout = 120_000,
        });
    }
}
