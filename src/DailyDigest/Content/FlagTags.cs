using System.Text;

namespace DailyDigest.Content;

/// <summary>
/// The invisible tags that make a black flag the flag of England, Scotland or Wales (UTS 51). Anywhere else, tags are text that nobody
/// sees, and are removed.
/// </summary>
internal static class FlagTags
{
    private const int Flag = 0x1F3F4;
    private const int End = 0xE007F;

    // A region has two letters, its part at most three letters or digits.
    private const int MaxTags = 6;

    /// <summary>The text without tags that do not belong to a flag, or whose end was cut off.</summary>
    public static string Whole(string text)
    {
        if (!text.Contains('\uDB40'))
        {
            return text;
        }

        var runes = text.EnumerateRunes().ToList();
        var kept = new StringBuilder(text.Length);
        for (var at = 0; at < runes.Count; at++)
        {
            if (!IsTag(runes[at]))
            {
                kept.Append(runes[at].ToString());
                continue;
            }

            var end = at;
            while (end < runes.Count && IsTag(runes[end]) && runes[end].Value != End)
            {
                end++;
            }

            var isFlag = at > 0 && runes[at - 1].Value == Flag && end > at && end - at <= MaxTags
                && end < runes.Count && runes[end].Value == End;
            end = end < runes.Count && runes[end].Value == End ? end : end - 1;
            for (; at < end; at++)
            {
                kept.Append(isFlag ? runes[at].ToString() : "");
            }

            kept.Append(isFlag ? runes[end].ToString() : "");
        }

        return kept.ToString();
    }

    private static bool IsTag(Rune rune) => rune.Value is >= 0xE0020 and <= End;
}
