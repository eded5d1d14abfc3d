using DailyDigest.Content;
using Microsoft.Playwright;

namespace DailyDigest.EndToEnd.Tests.Rig;

/// <summary>How a reader's browser is set.</summary>
internal sealed record Look(string Name, string Locale = "en-GB", bool Script = true, int Width = 1280, bool Dark = false, string Zone = "Europe/Paris")
{
    public static readonly Look Desk = new("desk");

    /// <summary>What a test of appearance goes through.</summary>
    public static readonly IReadOnlyList<Look> All =
        [Desk, new("dark", Dark: true), new("phone", Width: 375), new("arabic", "ar-EG"), new("arabic-phone-dark", "ar-EG", Width: 375, Dark: true)];

    public BrowserNewContextOptions Options => new()
    {
        JavaScriptEnabled = Script,
        Locale = Locale,
        TimezoneId = Zone,
        ColorScheme = Dark ? ColorScheme.Dark : ColorScheme.Light,
        ViewportSize = new ViewportSize { Width = Width, Height = 800 },
    };
}
