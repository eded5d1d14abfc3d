using System.Globalization;

namespace DailyDigest.Settings;

/// <summary>
/// The publication's color, and shades of it that are readable as text. Mail and pages both use it, so that their accents are equal.
/// Readable means a contrast of at least 4.6 to 1; WCAG 2.2 (1.4.3) requires 4.5 to 1.
/// </summary>
public sealed record AccentColor
{
    /// <summary>The darkest light background that accents are shown on: the panel of a mail. Pages are lighter.</summary>
    public const string LightBackground = "#f7f4ee";

    /// <summary>The lightest dark background that accents are shown on: the panel of a mail. Pages are darker.</summary>
    public const string DarkBackground = "#212326";

    private const double MinContrast = 4.6;
    private const int Steps = 40;

    private AccentColor(string value, string onLight, string onDark) => (Value, OnLight, OnDark) = (value, onLight, onDark);

    /// <summary>The color itself, #rrggbb, for surfaces.</summary>
    public string Value { get; }

    /// <summary>The color, darkened until it is readable on <see cref="LightBackground"/> and everything lighter.</summary>
    public string OnLight { get; }

    /// <summary>The color, lightened until it is readable on <see cref="DarkBackground"/> and everything darker.</summary>
    public string OnDark { get; }

    /// <summary>Derives the shades. Text that is not #rrggbb counts as the default of <see cref="Publication.Color"/>.</summary>
    public static AccentColor From(string color)
    {
        var rgb = Parse(color) ?? Parse(new Publication().Color)!.Value;
        return new AccentColor(Hex(rgb), Hex(Mix(rgb, (0, 0, 0), LightBackground)), Hex(Mix(rgb, (255, 255, 255), DarkBackground)));
    }

    /// <summary>Contrast ratio of two #rrggbb colors, 1 to 21 (WCAG 2.2).</summary>
    public static double Contrast(string one, string other) => Contrast(Parse(one)!.Value, Parse(other)!.Value);

    private static (int R, int G, int B) Mix((int R, int G, int B) from, (int R, int G, int B) to, string background)
    {
        var ground = Parse(background)!.Value;
        for (var step = 0; ; step++)
        {
            var mixed = (Channel(from.R, to.R), Channel(from.G, to.G), Channel(from.B, to.B));
            if (step == Steps || Contrast(mixed, ground) >= MinContrast)
            {
                return mixed;
            }

            int Channel(int start, int end) => (int)Math.Round(start + ((end - start) * (step / (double)Steps)));
        }
    }

    private static double Contrast((int R, int G, int B) one, (int R, int G, int B) other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance((int R, int G, int B) color)
    {
        return (0.2126 * Linear(color.R)) + (0.7152 * Linear(color.G)) + (0.0722 * Linear(color.B));
        static double Linear(int channel) => channel / 255.0 is var c && c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
    }

    private static (int R, int G, int B)? Parse(string color) =>
        color is ['#', .. { Length: 6 } hex]
            && int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? (value >> 16, (value >> 8) & 255, value & 255)
            : null;

    private static string Hex((int R, int G, int B) color) =>
        string.Create(CultureInfo.InvariantCulture, $"#{color.R:x2}{color.G:x2}{color.B:x2}");
}
