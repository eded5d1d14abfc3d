using System.Text.RegularExpressions;

namespace DailyDigest.Content;

/// <summary>Parses language tags (BCP 47) from requests and feeds.</summary>
public static partial class LanguageTag
{
    /// <summary>Returns the trimmed tag with - for _; null if it is no language with subtags of at most 35 characters.</summary>
    public static string? Parse(string? text)
    {
        var tag = text?.Trim().Replace('_', '-');
        return tag is { Length: >= 2 and <= 35 } && Shape().IsMatch(tag) ? tag : null;
    }

    [GeneratedRegex(@"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Shape();
}
