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

    /// <summary>
    /// Returns the first label that can be read, as a tag: one that is well-formed and names a language that is known. Null if none is, as
    /// with "und" or "English (UK)" alone.
    /// </summary>
    /// <param name="labels">Labels of one text, the narrowest first.</param>
    public static string? FirstReadable(IEnumerable<string?> labels) =>
        labels.Where(label => StoryTag.Parse(label) is not null).Select(Parse).FirstOrDefault();

    [GeneratedRegex(@"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Shape();
}
