using System.Text;

namespace DailyDigest.Selection;

/// <summary>
/// Reduces a folded word to a form that common spellings and endings share: "colours" and "color", "unveiled" and "unveils",
/// "Müller" and "Mueller". It is for comparison only, and is often no word.
/// </summary>
internal static class WordForms
{
    private static readonly (string From, string To)[] Spellings =
    [
        ("ß", "ss"), ("ph", "f"), ("ae", "a"), ("oe", "o"), ("ue", "u"), ("ou", "o"), ("y", "i"), ("iz", "is"),
    ];

    private const int LeastCommonBeginning = 3;

    private static readonly string[] ArabicPrefixes = ["وال", "بال", "كال", "فال", "ال", "لل"];

    // The longest first.
    private static readonly string[] RussianEndings =
    [
        "иями", "ями", "ами", "ией", "ием", "иям", "иях", "ов", "ев", "ей", "ой", "ий", "ый", "ая", "яя", "ое", "ее", "ые", "ие", "ом",
        "ем", "ам", "ям", "ах", "ях", "ым", "им", "ых", "их", "ую", "юю", "ью", "ия", "ии", "ию", "а", "я", "о", "е", "и", "ы", "у", "ю",
        "й", "ь",
    ];

    // "Озёрного" and "Озёрном".
    private static readonly string[] AdjectiveEndings = ["ого", "его", "ому", "ему", "ыми", "ими"];

    /// <summary>The form of a word of <see cref="TitleWords"/>.</summary>
    public static string Of(string word)
    {
        if (word.Length < 4 || char.IsAsciiDigit(word[0]))
        {
            return word.Replace('y', 'i');
        }

        return word[0] switch
        {
            (>= 'a' and <= 'z') or 'ß' or 'æ' or 'œ' or 'ø' or 'ð' or 'þ' or 'ł' or 'đ' => Latin(word),
            >= '\u0400' and <= '\u04FF' => Cyrillic(word),
            >= '\u0600' and <= '\u06FF' => Arabic(word),
            _ => word,
        };
    }

    /// <summary>True if two words of no known meaning are one, written in two ways.</summary>
    public static bool AreVariants(HeadlineWord first, HeadlineWord second) =>
        first.Word.Classes == WordClass.None && second.Word.Classes == WordClass.None && !first.Word.IsOppositeOf(second.Word)
        && (DifferByTypingError(first.Word.Text, second.Word.Text) || AreTranscriptions(first, second)
            || AreGermanCases(first.Word.Text, second.Word.Text)
            || (!first.IsName && !second.IsName && AreDerived(first.Word.Text, second.Word.Text)));

    // cspell:ignore Déraille déraillement Schwerer Unfall schwerem angetreten abgetreten
    // "Déraille" and "déraillement", "потушен" and "потушили".
    private static bool AreDerived(string first, string second)
    {
        var common = first.AsSpan().CommonPrefixLength(second);
        return common >= (first[0] is >= '\u0400' and <= '\u04FF' ? 5 : 6) && 5 * common >= 3 * Math.Max(first.Length, second.Length);
    }

    // "Schwerer Unfall" and "bei schwerem Unfall".
    private static bool AreGermanCases(string first, string second) => GermanCase(first, second) || GermanCase(second, first);

    private static bool GermanCase(string dative, string other) => dative.Length >= 6 && dative.EndsWith("em", StringComparison.Ordinal)
        && other.StartsWith(dative[..^2], StringComparison.Ordinal) && other[(dative.Length - 2)..] is "" or "er" or "en" or "es";

    // Names with the same first letter and the same consonants.
    private static bool AreTranscriptions(HeadlineWord first, HeadlineWord second)
    {
        var (a, b) = (first.Word.Text, second.Word.Text);
        var isArabic = a[0] is >= '\u0600' and <= '\u06FF';
        return ((first.IsName && second.IsName) || isArabic) && Math.Min(a.Length, b.Length) >= 5 && a[0] == b[0]
            && Math.Abs(a.Length - b.Length) <= 2 && Consonants(a) is { Length: >= 3 } consonants && consonants == Consonants(b);
    }

    private static string Consonants(string word) => string.Concat(word.Where(letter => !IsVowel(letter)).Select(
        letter => letter switch { 'c' or 'q' => 'k', 'z' => 's', 'غ' or 'ق' => 'ج', _ => letter }));

    private static bool IsVowel(char letter) => letter is 'a' or 'e' or 'i' or 'o' or 'u' or 'а' or 'е' or 'ё' or 'и' or 'о' or 'у' or 'ы'
        or 'э' or 'ю' or 'я' or 'ا' or 'و' or 'ي';

    // One letter of a long word is wrong, missing or moved. It is not the last, and none of the first: "angetreten" is not "abgetreten".
    private static bool DifferByTypingError(string first, string second)
    {
        var (a, b) = first.Length >= second.Length ? (first, second) : (second, first);
        if (b.Length < 7 || a.Length > b.Length + 1 || a[0] != b[0] || a[^1] != b[^1])
        {
            return false;
        }

        var start = a.AsSpan().CommonPrefixLength(b);
        if (start < LeastCommonBeginning)
        {
            return false;
        }

        var restA = a.AsSpan(start);
        var restB = b.AsSpan(start);
        return a.Length > b.Length ? restA[1..].SequenceEqual(restB)
            : restA.Length > 1 && (restA[1..].SequenceEqual(restB[1..])
                || (restA[0] == restB[1] && restA[1] == restB[0] && restA[2..].SequenceEqual(restB[2..])));
    }

    private static string Latin(string word)
    {
        foreach (var (from, to) in Spellings)
        {
            word = word.Replace(from, to, StringComparison.Ordinal);
        }

        word = Single(word);
        word = Ending(Ending(word, "me", "m", 5), "gue", "g", 6);
        word = word.EndsWith("ss", StringComparison.Ordinal) ? word : Ending(word, "s", "", 4);
        word = Ending(Ending(word, "ed", "", 7), "ing", "", 7);
        word = Ending(Ending(word, "se", "ce", 5), "e", "", 4);
        return word;
    }

    private static string Cyrillic(string word)
    {
        word = Single(word);
        foreach (var ending in AdjectiveEndings)
        {
            word = word.Length > ending.Length + 3 && word.EndsWith(ending, StringComparison.Ordinal) ? word[..^ending.Length] : word;
        }

        for (var cut = 0; cut < 2 && RussianEnding(word, cut == 0 ? 3 : 4) is > 0 and var length; cut++)
        {
            word = word[..^length];
        }

        return word;
    }

    // The length of the ending of a case, behind a stem with at least so many letters.
    private static int RussianEnding(string word, int stem)
    {
        foreach (var ending in RussianEndings)
        {
            if (word.Length >= ending.Length + stem && word.EndsWith(ending, StringComparison.Ordinal))
            {
                return ending.Length;
            }
        }

        return 0;
    }

    private static string Arabic(string word)
    {
        foreach (var prefix in ArabicPrefixes)
        {
            if (word.Length >= prefix.Length + 3 && word.StartsWith(prefix, StringComparison.Ordinal))
            {
                return word[prefix.Length..];
            }
        }

        return word;
    }

    // A letter that is doubled is written once; "pass" is not the French "pas".
    private static string Single(string word)
    {
        var single = new StringBuilder(word.Length);
        foreach (var letter in word)
        {
            if (single.Length == 0 || single[^1] != letter || letter == 's')
            {
                single.Append(letter);
            }
        }

        return single.ToString();
    }

    private static string Ending(string word, string from, string to, int minLength) =>
        word.Length >= minLength && word.EndsWith(from, StringComparison.Ordinal) ? word[..^from.Length] + to : word;
}
