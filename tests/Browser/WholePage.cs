using Microsoft.Playwright;

namespace DailyDigest.Tests.Browser;

/// <summary>Pictures of whole pages.</summary>
internal static class WholePage
{
    private const int MaxHeight = 16_000;

    /// <summary>
    /// Saves a picture of the whole page. Chromium does not draw the frames below its window, so the window is made as high as the page.
    /// </summary>
    public static async Task SaveAsync(IPage page, string file)
    {
        var window = page.ViewportSize!;
        var height = await page.EvaluateAsync<int>("document.documentElement.scrollHeight");
        await page.SetViewportSizeAsync(window.Width, Math.Clamp(height, window.Height, MaxHeight));
        await page.ScreenshotAsync(new() { Path = file, FullPage = true });
        await page.SetViewportSizeAsync(window.Width, window.Height);
    }
}
