using System.Collections.Frozen;
using System.Globalization;

namespace DailyDigest.Content;

/// <summary>
/// The language of a story as readers choose it: a language without region, with its script if the language has several. Examples: en for
/// en-GB, zh-Hant for zh-TW.
/// </summary>
/// <param name="Language">Two or three lower-case letters, ISO 639.</param>
/// <param name="Script">ISO 15924, such as Hant; null if the language has one script, or the tag does not say which.</param>
internal readonly record struct StoryTag(string Language, string? Script)
{
    private static readonly FrozenDictionary<string, string> Known = ReadKnown();

    // Languages that are written in several scripts, so that a reader of one may not read the other.
    private static readonly FrozenSet<string> OfSeveralScripts =
        FrozenSet.Create(StringComparer.Ordinal, "zh", "sr", "az", "uz", "kk", "ky", "mn", "tg", "ku", "bs", "pa", "sd", "ks");

    /// <summary>Reads a BCP 47 tag; null if it is malformed or names no language that is known.</summary>
    public static StoryTag? Parse(string? text)
    {
        if (LanguageTag.Parse(text) is not { } tag)
        {
            return null;
        }

        var parts = tag.Split('-');
        if (!Known.TryGetValue(parts[0].ToLowerInvariant(), out var language))
        {
            return null;
        }

        var script = OfSeveralScripts.Contains(language)
            ? parts.Skip(1).TakeWhile(part => part.Length > 1).FirstOrDefault(part => part.Length == 4 && part.All(char.IsAsciiLetter))
            : null;
        return new StoryTag(language, script is not null ? script[..1].ToUpperInvariant() + script[1..].ToLowerInvariant()
            : language == "zh" ? ChineseScript(parts) : null);
    }

    /// <summary>True for the same language, unless both name a script and these differ.</summary>
    public bool Matches(StoryTag other) =>
        Language == other.Language && (Script is null || other.Script is null || Script == other.Script);

    /// <inheritdoc/>
    public override string ToString() => Script is null ? Language : $"{Language}-{Script}";

    private static string? ChineseScript(string[] parts) =>
        parts.Skip(1).Any(part => part.ToUpperInvariant() is "TW" or "HK" or "MO") ? "Hant"
        : parts.Skip(1).Any(part => part.ToUpperInvariant() is "CN" or "SG" or "MY") ? "Hans" : null;

    // Two letters for each code of a language: ISO 639-1, both forms of 639-2, and codes that were replaced.
    private static FrozenDictionary<string, string> ReadKnown()
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var culture in CultureInfo.GetCultures(CultureTypes.NeutralCultures))
        {
            var language = culture.TwoLetterISOLanguageName;
            if (language is { Length: 2 or 3 } && language != "iv")
            {
                known.TryAdd(language, language);
                known.TryAdd(culture.ThreeLetterISOLanguageName, language);
            }
        }

        foreach (var (code, language) in new[]
        {
            ("iw", "he"), ("in", "id"), ("ji", "yi"), ("nb", "no"), ("nn", "no"), ("nob", "no"), ("nno", "no"), ("no", "no"), ("nor", "no"),
            ("cmn", "zh"), ("arb", "ar"), ("alb", "sq"), ("arm", "hy"), ("baq", "eu"), ("bur", "my"), ("chi", "zh"), ("cze", "cs"),
            ("dut", "nl"), ("fre", "fr"), ("geo", "ka"), ("ger", "de"), ("gre", "el"), ("ice", "is"), ("mac", "mk"), ("may", "ms"),
            ("per", "fa"), ("rum", "ro"), ("slo", "sk"), ("wel", "cy"),
        })
        {
            known[code] = language;
        }

        return known.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
