using System.Globalization;

namespace DailyDigest.Selection;

/// <summary>The text of a number for comparison: "#3", and "#3." for the third.</summary>
internal static class NumberText
{
    public static string Of(string digits, bool ordinal) => "#" + digits + (ordinal ? "." : "");

    /// <summary>The number of two words that follow each other: two thousand, twenty-five. Null if they are no number together.</summary>
    public static NewsWord? Joined(NewsWord first, NewsWord second)
    {
        if (!first.Is(WordClass.Number) || !second.Is(WordClass.Number) || Value(first) is not { } one || Value(second) is not { } other)
        {
            return null;
        }

        var isTimes = other is 100 or 1_000 or 1_000_000 or 1_000_000_000 && one is > 0 and < 1_000_000;
        var isPlus = one is >= 10 and < 100 && one % 10 == 0 && other is > 0 and < 10;
        var text = (isTimes ? one * other : one + other).ToString("0.####", CultureInfo.InvariantCulture);
        return isTimes || isPlus ? new NewsWord(Of(text, ordinal: false), WordClass.Number, []) : null;
    }

    private static double? Value(NewsWord word)
    {
        var digits = word.Text[1..].Replace(HeadlineText.Joint, '.');
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
