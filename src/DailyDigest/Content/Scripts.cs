using System.Text;

namespace DailyDigest.Content;

/// <summary>The scripts of letters and of languages (ISO 15924). Only the ranges that text of today uses.</summary>
internal static class Scripts
{
    /// <summary>The script of the letters a to z.</summary>
    public const string Latin = "Latn";

    // cspell:ignore Cyrl Grek Hebr Hani Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Laoo Tibt Mymr Geor Ethi Khmr Armn Latn
    // Kana and Hangul are counted with Han, because Japanese mixes them, and names in Korean titles may be in Han. Languages in order of
    // their readers: the first is meant if nothing says which.
    private static readonly (string Script, string[] Languages, (int First, int Last)[] Ranges)[] All =
    [
        ("Arab", ["ar", "fa", "ur", "ps", "ckb", "sd", "ug", "ks", "ku", "pa"],
            [(0x0600, 0x06FF), (0x0750, 0x077F), (0x0870, 0x08FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC)]),
        ("Cyrl", ["ru", "uk", "bg", "sr", "be", "mk", "kk", "ky", "tg", "mn", "tt", "ba", "uz", "az", "bs"], [(0x0400, 0x052F)]),
        ("Grek", ["el"], [(0x0370, 0x03FF), (0x1F00, 0x1FFF)]),
        ("Hebr", ["he", "yi"], [(0x0590, 0x05FF), (0xFB1D, 0xFB4F)]),
        ("Kana", ["ja"], [(0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F)]),
        ("Hang", ["ko"], [(0xAC00, 0xD7AF), (0x1100, 0x11FF), (0x3130, 0x318F)]),
        ("Hani", ["zh", "ja", "ko", "yue"], [(0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)]),
        ("Deva", ["hi", "mr", "ne", "sa", "mai", "kok"], [(0x0900, 0x097F)]),
        ("Beng", ["bn", "as"], [(0x0980, 0x09FF)]),
        ("Guru", ["pa"], [(0x0A00, 0x0A7F)]),
        ("Gujr", ["gu"], [(0x0A80, 0x0AFF)]),
        ("Orya", ["or"], [(0x0B00, 0x0B7F)]),
        ("Taml", ["ta"], [(0x0B80, 0x0BFF)]),
        ("Telu", ["te"], [(0x0C00, 0x0C7F)]),
        ("Knda", ["kn"], [(0x0C80, 0x0CFF)]),
        ("Mlym", ["ml"], [(0x0D00, 0x0D7F)]),
        ("Sinh", ["si"], [(0x0D80, 0x0DFF)]),
        ("Thai", ["th"], [(0x0E00, 0x0E7F)]),
        ("Laoo", ["lo"], [(0x0E80, 0x0EFF)]),
        ("Tibt", ["bo", "dz"], [(0x0F00, 0x0FFF)]),
        ("Mymr", ["my"], [(0x1000, 0x109F)]),
        ("Geor", ["ka"], [(0x10A0, 0x10FF), (0x1C90, 0x1CBF)]),
        ("Ethi", ["am", "ti"], [(0x1200, 0x139F)]),
        ("Khmr", ["km"], [(0x1780, 0x17FF)]),
        ("Armn", ["hy"], [(0x0530, 0x058F)]),
    ];

    // Languages of the table that are written in Latin letters too.
    private static readonly string[] AlsoLatin = ["sr", "uz", "az", "bs", "ku", "kk", "tg", "tt"];

    /// <summary>The letters of the text by script; Latn for letters of no other script.</summary>
    public static Dictionary<string, int> Count(string text)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var letter in text.EnumerateRunes().Where(Rune.IsLetter))
        {
            var script = letter.Value < 0x0370 ? Latin : Of(letter.Value);
            counts[script] = counts.GetValueOrDefault(script) + 1;
        }

        return counts;
    }

    /// <summary>True if text of the language has letters of the script.</summary>
    public static bool Uses(string language, string script) => script == Latin
        ? AlsoLatin.Contains(language) || !All.Any(one => one.Languages.Contains(language))
        : All.Any(one => one.Script == script && one.Languages.Contains(language));

    /// <summary>The language that is meant by text in the script if nothing says which; null for Latin letters.</summary>
    public static string? UsualLanguage(string script) => All.FirstOrDefault(one => one.Script == script).Languages?[0];

    private static string Of(int letter) =>
        All.FirstOrDefault(one => Array.Exists(one.Ranges, range => letter >= range.First && letter <= range.Last)).Script ?? Latin;
}
