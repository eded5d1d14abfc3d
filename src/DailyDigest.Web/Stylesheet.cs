using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DailyDigest.Web;

/// <summary>The one stylesheet, with the publication's colour made readable on light and on dark ground.</summary>
internal sealed class Stylesheet
{
    private const double Readable = 4.6; // WCAG 2.2, 1.4.3 asks for 4.5.

    /// <summary>Reads the embedded file and fills in the colours.</summary>
    public Stylesheet(Publication publication)
    {
        using var stream = typeof(Stylesheet).Assembly.GetManifestResourceStream("DailyDigest.Web.style.css")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var accent = Parse(publication.Color);
        var (light, dark) = (Towards(accent, (0, 0, 0), (251, 249, 244)), Towards(accent, (255, 255, 255), (20, 19, 17)));
        var text = reader.ReadToEnd()
            .Replace("#123456", Text(light), StringComparison.Ordinal)
            .Replace("#654321", Text(dark), StringComparison.Ordinal)
            .Replace("#abcabc", Text(Contrast(light, (255, 255, 255)) >= Readable ? (255, 255, 255) : (20, 19, 17)), StringComparison.Ordinal)
            .Replace("#cbacba", Text(Contrast(dark, (20, 19, 17)) >= Readable ? (20, 19, 17) : (255, 255, 255)), StringComparison.Ordinal);
        Bytes = Encoding.UTF8.GetBytes(text);
        Url = $"{View.Root(publication)}/style.css?v={Convert.ToHexStringLower(SHA256.HashData(Bytes).AsSpan(0, 6))}";
    }

    /// <summary>The file.</summary>
    public byte[] Bytes { get; }

    /// <summary>Its address, which changes with its content.</summary>
    public string Url { get; }

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
