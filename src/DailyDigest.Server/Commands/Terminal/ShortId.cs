namespace DailyDigest.Server.Commands;

/// <summary>Ids as people read and type them: the beginning of the id, if no other one begins so.</summary>
internal static class ShortId
{
    private const int MinPrefix = 4;

    // With a million readers, the chance that two of them share a beginning is below one in two.
    private const int Shown = 10;

    /// <summary>Characters of the column in a table.</summary>
    public const int Width = Shown;

    /// <summary>The beginning of the id, as lists show it.</summary>
    public static string Of(string id) => id.Length > Shown ? id[..Shown] : id;

    /// <summary>True if the text can be the beginning of an id of this length, or all of it.</summary>
    public static bool IsPrefix(string text, int length) =>
        text.Length >= MinPrefix && text.Length <= length && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The error for a beginning that several ids have.</summary>
    public static string Ambiguous(string prefix, string what) => $"Several {what} have an id that begins with {prefix}: give more of it.";
}
