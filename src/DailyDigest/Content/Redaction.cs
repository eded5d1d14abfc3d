using System.Buffers;
using System.Text.RegularExpressions;

namespace DailyDigest.Content;

/// <summary>Takes e-mail addresses out of text from outside, so that it may be logged and kept.</summary>
public static class Redaction
{
    // An address has one of these, or "%40". Most replies of relays have none, and the pattern is not tried.
    private static readonly SearchValues<char> Signs = SearchValues.Create("@＠﹫%");

    // Non-backtracking: its time is linear in the text, whatever a relay says.
    private static readonly Regex Address = new(
        @"<?(?:""[^""]*""|[^\s<>""(),;:\[\]@]+)(?:[@＠﹫]|%40)[^\s<>""(),;:]+>?",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>The text with <paramref name="mark"/> in the place of each address, its angle brackets included.</summary>
    public static string Addresses(string text, string mark = "<address>") =>
        text.AsSpan().IndexOfAny(Signs) < 0 ? text : Address.Replace(text, mark);
}
