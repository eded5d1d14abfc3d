using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace DailyDigest.Selection;

/// <summary>
/// Splits text of any language into normalized words. Compatibility forms, case, diacritics, Arabic vowel marks, tatweel and hamza seats,
/// invisible characters, apostrophes and the script of digits make no difference.
/// </summary>
internal static partial class TitleWords
{
    /// <summary>Returns the first <paramref name="max"/> words of any text, which may include unpaired surrogates.</summary>
    public static List<string> Of(string text, int max)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        if (Ascii.IsValid(text) && !text.Contains('\''))
        {
            return Plain(text, max, words);
        }

        text = text.AsSpan().IndexOfAny('\'', '’') < 0 ? text : Elision().Replace(text, "$1 ");
        foreach (var rune in Folded(text).EnumerateRunes())
        {
            var alone = IsWrittenWithoutSpaces(rune.Value);
            if (word.Length > 0 && (alone || !IsPartOfWord(rune)))
            {
                words.Add(word.ToString());
                word.Clear();
            }

            if (alone)
            {
                words.Add(rune.ToString());
            }
            else if (IsPartOfWord(rune))
            {
                word.Append(rune);
            }

            if (words.Count >= max)
            {
                return words.GetRange(0, max);
            }
        }

        if (word.Length > 0)
        {
            words.Add(word.ToString());
        }

        return words;
    }

    // The same for text that needs no folding, which is most of English.
    private static List<string> Plain(string text, int max, List<string> words)
    {
        for (var at = 0; at < text.Length && words.Count < max; at++)
        {
            var begin = at;
            while (at < text.Length && char.IsAsciiLetterOrDigit(text[at]))
            {
                at++;
            }

            if (at > begin)
            {
                words.Add(text[begin..at].ToLowerInvariant());
            }
        }

        return words;
    }

    private static string Folded(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var rune in Normalizable(text).Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            if (!IsFoldedAway(rune))
            {
                folded.Append(Letter(rune));
            }
        }

        // Compose again, so that a Japanese voiced kana or a Hangul syllable is one character.
        return folded.ToString().Normalize(NormalizationForm.FormC);
    }

    // Normalize throws on an unpaired surrogate; EnumerateRunes returns U+FFFD for it. Unassigned, private and control characters separate
    // words.
    private static string Normalizable(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var isCharacter = Rune.GetUnicodeCategory(rune)
                is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Control);
            clean.Append(isCharacter ? rune : new Rune(' '));
        }

        return clean.ToString();
    }

    private static Rune Letter(Rune rune) => rune.Value switch
    {
        0x0649 or 0x06CC => new Rune(0x064A), // alef maksura and Farsi yeh: yeh
        0x0629 => new Rune(0x0647), // teh marbuta: heh
        0x06A9 => new Rune(0x0643), // keheh: kaf
        _ when Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber => new Rune('0' + (int)Rune.GetNumericValue(rune)),
        // Via upper case, so that final sigma, long s and dotless i become equal to their standard letters.
        _ => Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)),
    };

    // Only marks of Latin, Greek, Cyrillic, Hebrew and Arabic: in Indic scripts a mark is a vowel.
    private static bool IsFoldedAway(Rune rune) => rune.Value switch
    {
        0x0640 => true, // tatweel
        '\'' or 0x2019 or 0x02BC or 0x2018 => true,
        (>= 0x0300 and <= 0x036F) or (>= 0x0483 and <= 0x0489) or (>= 0x0591 and <= 0x05C7) or (>= 0x0610 and <= 0x061A)
            or (>= 0x064B and <= 0x065F) or 0x0670 or (>= 0x06D6 and <= 0x06ED) or (>= 0x08D3 and <= 0x08FF)
            or (>= 0x1AB0 and <= 0x1AFF) or (>= 0x1DC0 and <= 0x1DFF) or (>= 0x20D0 and <= 0x20FF)
            or (>= 0xFE00 and <= 0xFE0F) or (>= 0xFE20 and <= 0xFE2F) => true,
        _ => Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format,
    };

    private static bool IsPartOfWord(Rune rune) =>
        Rune.IsLetterOrDigit(rune)
            || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    // Thai, Lao, Myanmar, Khmer; kana; Han with its extensions. Each character is one word; pairs of words add the context.
    private static bool IsWrittenWithoutSpaces(int code) =>
        code is (>= 0x0E01 and <= 0x0EDF and not 0x0E3F) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17DF)
            or (>= 0x3041 and <= 0x30FF and not 0x30FB) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF)
            or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);

    // cspell:ignore incendie dell'accordo usqu orsqu uisqu uest uell l'incendie
    // "l'incendie" and "dell'accordo" are two words, "don't" is one.
    [GeneratedRegex(
        @"\b([lLdDnNsScCjJmMtT]|[qQ]u|[jJ]usqu|[lL]orsqu|[pP]uisqu|[dD]ell|[nN]ell|[dD]all|[sS]ull|[aA]ll|[uU]n|[qQ]uest|[qQ]uell)['’]\b",
        RegexOptions.NonBacktracking)]
    private static partial Regex Elision();
}
