using System.Text;
using UtfUnknown;

namespace DailyDigest.Content;

/// <summary>The likely set of bytes that nothing names: by their frequencies if there are enough, otherwise by language.</summary>
internal static class LikelyCharset
{
    private const int Sample = 256 * 1024;

    // Fewer bytes than these are too few for a detector, if a language decides.
    private const int Enough = 12;

    // The least confidence of the detector, by the kind of the set that it names.
    private const float LatinConfidence = 0.6f;
    private const float OtherConfidence = 0.4f;
    private const float ManyBytesConfidence = 0.25f;

    private static readonly (string[] Languages, int CodePage)[] ByLanguage =
    [
        (["ru", "uk", "bg", "be", "sr", "mk"], 1251), (["pl", "cs", "sk", "hu", "sl", "hr", "ro", "bs", "sq"], 1250), (["el"], 1253),
        (["tr", "az"], 1254), (["he", "iw", "yi"], 1255), (["ar", "fa", "ur"], 1256), (["lt", "lv", "et"], 1257), (["vi"], 1258),
        (["th"], 874), (["ja"], 932), (["ko"], 949), (["zh"], 54936),
    ];

    // Sets of other scripts than Latin: their words have no letter of ASCII.
    private static readonly int[] Others = [1251, 1253, 1255, 1256, 874, 932, 949, 950, 54936, 51932, 20866, 21866, 28595, 28596, 28597];

    // Below 0xC0: the euro, dots, quotation marks, dashes, œ and so on. Not the letters that windows-1250 has there too.
    private static readonly byte[] WesternMarks =
    [
        0x80, 0x85, 0x8C, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99, 0x9C, 0xA0, 0xA1, 0xA9, 0xAB, 0xAE, 0xB0, 0xB7, 0xBB, 0xBF,
    ];

    // The Windows sets that have letters where the ISO sets have control characters.
    private static readonly Dictionary<int, int> Windows = new()
    {
        [28592] = 1250,
        [28596] = 1256,
        [28597] = 1253,
        [28598] = 1255,
        [28603] = 1257,
    };

    public static Encoding Of(byte[] bytes, IEnumerable<string> languages)
    {
        var isOther = HasWholeWords(bytes);
        var sets = languages.Select(CodePage).ToList();
        var likely = sets.Find(set => Others.Contains(set) == isOther);
        var areFew = HighBytes(bytes) < Enough;
        if (areFew && !isOther && likely is 0 or 1252 && AreWestern(bytes))
        {
            return Encoding.GetEncoding(1252);
        }

        if (!areFew || likely is 0 or 1252)
        {
            var sample = Lines(bytes);
            var found = CharsetDetector.DetectFromBytes(sample, 0, sample.Length).Detected;
            if (found is not null && Charset.Legacy(found.EncodingName) is { } detected && found.Confidence > Needed(detected, isOther))
            {
                return detected.IsSingleByte && Windows.TryGetValue(detected.CodePage, out var windows)
                    && bytes.AsSpan().ContainsAnyInRange((byte)0x80, (byte)0x9F) ? Encoding.GetEncoding(windows) : detected;
            }
        }

        return Encoding.GetEncoding(likely != 0 ? likely : sets.FirstOrDefault(1252));
    }

    private static float Needed(Encoding detected, bool isOther) =>
        !detected.IsSingleByte ? ManyBytesConfidence
        : isOther && Others.Contains(detected.CodePage) ? OtherConfidence : LatinConfidence;

    // True if each high byte is a letter or a mark of western Europe in windows-1252. A detector cannot tell "ç" from "š".
    private static bool AreWestern(ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
        {
            if (one >= 0x80 && (one is 0xD7 or 0xF7 || (one < 0xC0 && Array.IndexOf(WesternMarks, one) < 0)))
            {
                return false;
            }
        }

        return true;
    }

    public static int HighBytes(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        foreach (var one in bytes)
        {
            count += one >> 7;
        }

        return count;
    }

    private static int CodePage(string language)
    {
        var main = language.Split('-', '_')[0].ToLowerInvariant();
        return Array.Find(ByLanguage, one => Array.IndexOf(one.Languages, main) >= 0).CodePage is > 0 and var found ? found : 1252;
    }

    // The lines that say something: a long list can begin with thousands of others.
    private static byte[] Lines(byte[] bytes)
    {
        if (bytes.Length <= Sample)
        {
            return bytes;
        }

        var sample = new MemoryStream();
        for (var (at, end) = (0, 0); at < bytes.Length && sample.Length < Sample; at = end)
        {
            var next = bytes.AsSpan(at).IndexOf((byte)'\n');
            end = next < 0 ? bytes.Length : at + next + 1;
            if (bytes.AsSpan(at, end - at).ContainsAnyInRange((byte)0x80, (byte)0xFF))
            {
                sample.Write(bytes, at, Math.Min(end - at, Sample));
            }
        }

        return sample.ToArray();
    }

    // True if most words with high bytes have no letter of ASCII: "café" has three, a word in Arabic none.
    private static bool HasWholeWords(ReadOnlySpan<byte> bytes)
    {
        var (whole, mixed, high, ascii) = (0, 0, 0, 0);
        for (var i = 0; i <= bytes.Length; i++)
        {
            var one = i < bytes.Length ? bytes[i] : (byte)' ';
            if (one >= 0x80 || char.IsAsciiLetter((char)one))
            {
                (high, ascii) = one >= 0x80 ? (high + 1, ascii) : (high, ascii + 1);
                continue;
            }

            whole += high > 0 && ascii == 0 ? 1 : 0;
            mixed += high > 0 && ascii > 0 ? 1 : 0;
            (high, ascii) = (0, 0);
        }

        return whole > mixed;
    }
}
