using DailyDigest.Content;
using Microsoft.Playwright;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>The settings of a reader's browser.</summary>
internal sealed record BrowserSettings(
    string Name, string Locale = "en-GB", bool Script = true, int Width = 1280, bool Dark = false, string Zone = "Europe/Paris")
{
    public static readonly BrowserSettings Desk = new("desk");

    /// <summary>The settings that tests of appearance use.</summary>
    public static readonly IReadOnlyList<BrowserSettings> All =
        [Desk, new("dark", Dark: true), new("phone", Width: 375), new("arabic", "ar-EG"),
            new("arabic-phone-dark", "ar-EG", Width: 375, Dark: true)];

    public BrowserNewContextOptions Options => new()
    {
        JavaScriptEnabled = Script,
        Locale = Locale,
        TimezoneId = Zone,
        ColorScheme = Dark ? ColorScheme.Dark : ColorScheme.Light,
        ViewportSize = new ViewportSize { Width = Width, Height = 800 },
    };
}
