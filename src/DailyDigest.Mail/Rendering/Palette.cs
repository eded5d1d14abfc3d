using System.Globalization;
using DailyDigest.Settings;

namespace DailyDigest.Mail.Rendering;

/// <summary>The mail's colours around the publication's own, each pair with enough contrast to be read (WCAG AA, 4.5 to 1).</summary>
public sealed record Palette
{
    /// <summary>Paper by day.</summary>
    public const string Paper = "#ffffff";

    /// <summary>Paper by night.</summary>
    public const string Night = "#17181a";

    private const string Panel = "#f7f4ee";
    private const string NightPanel = "#212326";
    private const double Readable = 4.6;

    private Palette(string accent, string onAccent, string ink, string nightInk)
    {
        Accent = accent;
        OnAccent = onAccent;
        AccentText = ink;
        AccentTextNight = nightInk;
    }

    /// <summary>The publication's colour, for surfaces.</summary>
    public string Accent { get; }

    /// <summary>Text on <see cref="Accent"/>: white or near black.</summary>
    public string OnAccent { get; }

    /// <summary>The publication's colour darkened until it can be read on paper.</summary>
    public string AccentText { get; }

    /// <summary>The publication's colour lightened until it can be read by night.</summary>
    public string AccentTextNight { get; }

    /// <summary>Around a colour, #rrggbb; anything else counts as the default of <see cref="Publication.Color"/>.</summary>
    public static Palette Around(string color)
    {
        var rgb = Parse(color) ?? Parse(new Publication().Color)!.Value;
        var onAccent = Contrast(rgb, Parse("#ffffff")!.Value) >= Contrast(rgb, Parse("#111111")!.Value) ? "#ffffff" : "#111111";
        return new Palette(Hex(rgb), onAccent, Hex(Toward(rgb, (0, 0, 0), Panel)), Hex(Toward(rgb, (255, 255, 255), NightPanel)));
    }

    /// <summary>Contrast of two #rrggbb colours, 1 to 21 (WCAG 2.2).</summary>
    public static double Contrast(string one, string other) => Contrast(Parse(one)!.Value, Parse(other)!.Value);

    private static (int R, int G, int B) Toward((int R, int G, int B) color, (int R, int G, int B) goal, string background)
    {
        var back = Parse(background)!.Value;
        for (var step = 0; ; step++)
        {
            var share = step / 40.0;
            var mixed = (Mix(color.R, goal.R), Mix(color.G, goal.G), Mix(color.B, goal.B));
            if (step == 40 || Contrast(mixed, back) >= Readable)
            {
                return mixed;
            }

            int Mix(int from, int to) => (int)Math.Round(from + ((to - from) * share));
        }
    }

    private static double Contrast((int R, int G, int B) one, (int R, int G, int B) other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance((int R, int G, int B) c) => (0.2126 * Linear(c.R)) + (0.7152 * Linear(c.G)) + (0.0722 * Linear(c.B));

    private static double Linear(int channel)
    {
        var c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
    }

    private static (int R, int G, int B)? Parse(string color) =>
        color is ['#', .. { Length: 6 } hex] && int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? (value >> 16, (value >> 8) & 255, value & 255)
            : null;

    private static string Hex((int R, int G, int B) c) => string.Create(CultureInfo.InvariantCulture, $"#{c.R:x2}{c.G:x2}{c.B:x2}");
}
