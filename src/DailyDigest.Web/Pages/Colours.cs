using System.Globalization;
using DailyDigest.Runs;

namespace DailyDigest.Web;

/// <summary>The publication's colour, made readable on light and on dark ground.</summary>
internal sealed class Colours
{
    private const double Readable = 4.6; // WCAG 2.2, 1.4.3 asks for 4.5.

    private static readonly (double R, double G, double B) White = (255, 255, 255);
    private static readonly (double R, double G, double B) Ink = (20, 19, 17);

    private readonly (double R, double G, double B) light;
    private readonly (double R, double G, double B) dark;

    /// <summary>From #rrggbb.</summary>
    public Colours(string colour)
    {
        var accent = Parse(colour);
        (light, dark) = (Towards(accent, (0, 0, 0), (251, 249, 244)), Towards(accent, White, Ink));
    }

    /// <summary>Puts the colours in the places of those that our files have for them.</summary>
    public string Fill(string text) => text
        .Replace("#123456", Text(light), StringComparison.Ordinal)
        .Replace("#654321", Text(dark), StringComparison.Ordinal)
        .Replace("#abcabc", Text(Contrast(light, White) >= Readable ? White : Ink), StringComparison.Ordinal)
        .Replace("#cbacba", Text(Contrast(dark, Ink) >= Readable ? Ink : White), StringComparison.Ordinal);

    private static (double R, double G, double B) Towards((double R, double G, double B) colour, (double R, double G, double B) end, (double R, double G, double B) ground)
    {
        var mixed = colour;
        for (var step = 0.0; step <= 1 && Contrast(mixed, ground) < Readable; step += 0.05)
        {
            mixed = (Mix(colour.R, end.R), Mix(colour.G, end.G), Mix(colour.B, end.B));
            double Mix(double from, double to) => from + ((to - from) * step);
        }

        return mixed;
    }

    // WCAG 2.2, relative luminance and contrast ratio.
    private static double Contrast((double R, double G, double B) one, (double R, double G, double B) other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance((double R, double G, double B) colour)
    {
        return (0.2126 * Linear(colour.R)) + (0.7152 * Linear(colour.G)) + (0.0722 * Linear(colour.B));
        static double Linear(double value) => value / 255 is var part && part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4);
    }

    private static (double R, double G, double B) Parse(string text)
    {
        return text.Length == 7 ? (Part(1), Part(3), Part(5)) : (155, 28, 28);
        double Part(int at) => int.TryParse(text.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : 0;
    }

    private static string Text((double R, double G, double B) colour) =>
        string.Create(CultureInfo.InvariantCulture, $"#{(int)colour.R:x2}{(int)colour.G:x2}{(int)colour.B:x2}");
}
