using System.Text.RegularExpressions;

namespace DailyDigest.Content;

/// <summary>Language tags (BCP 47) from outside.</summary>
public static partial class LanguageTag
{
    /// <summary>The tag, trimmed, - for _; null if it has not the shape of one (language, then subtags, 35 characters at most).</summary>
    public static string? Parse(string? text)
    {
        var tag = text?.Trim().Replace('_', '-');
        return tag is { Length: >= 2 and <= 35 } && Shape().IsMatch(tag) ? tag : null;
    }

    [GeneratedRegex(@"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Shape();
}
