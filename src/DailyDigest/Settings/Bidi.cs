using System.Globalization;

namespace DailyDigest.Settings;

/// <summary>Text of one direction inside a sentence of the other (Unicode, UAX 9).</summary>
public static class Bidi
{
    /// <summary>
    /// Returns the text; in isolation (U+2068, U+2069) if its first letter runs in another direction than the sentence's language. The
    /// punctuation at its ends then stays with it.
    /// </summary>
    public static string Isolate(string text, CultureInfo sentence) =>
        text.FirstOrDefault(char.IsLetter) is not '\0' and var first && IsRightToLeft(first) != sentence.TextInfo.IsRightToLeft
            ? $"\u2068{text}\u2069" : text;

    // Hebrew to Arabic Extended-A, and the presentation forms of both.
    private static bool IsRightToLeft(char character) =>
        character is >= '\u0590' and <= '\u08ff' or >= '\ufb1d' and <= '\ufdff' or >= '\ufe70' and <= '\ufefc';
}
