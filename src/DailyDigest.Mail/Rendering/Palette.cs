using DailyDigest.Settings;

namespace DailyDigest.Mail.Rendering;

/// <summary>The mail's colors around the publication's own. Every pair has enough contrast to be read (WCAG AA, 4.5 to 1).</summary>
public sealed record Palette
{
    /// <summary>The background of a mail in light mode.</summary>
    public const string Paper = "#ffffff";

    /// <summary>The background of a mail in dark mode.</summary>
    public const string Night = "#17181a";

    private const string White = "#ffffff";
    private const string Black = "#111111";

    private readonly AccentColor accent;

    private Palette(AccentColor accent) => this.accent = accent;

    /// <summary>The publication's color, for surfaces.</summary>
    public string Accent => accent.Value;

    /// <summary>Text on <see cref="Accent"/>: white or near black.</summary>
    public string OnAccent => AccentColor.Contrast(accent.Value, White) >= AccentColor.Contrast(accent.Value, Black) ? White : Black;

    /// <summary>The publication's color for text in light mode.</summary>
    public string AccentText => accent.OnLight;

    /// <summary>The publication's color for text in dark mode.</summary>
    public string AccentTextNight => accent.OnDark;

    /// <summary>The palette for a color; see <see cref="AccentColor.From"/>.</summary>
    public static Palette Around(string color) => new(AccentColor.From(color));
}
