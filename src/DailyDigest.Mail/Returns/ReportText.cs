using System.Text.RegularExpressions;
using DailyDigest.Runs;

namespace DailyDigest.Mail.Returns;

/// <summary>The prose of a report, divided from the message that it returns.</summary>
/// <param name="Prose">The text of the reporting server.</param>
/// <param name="Returned">The rest: the quoted message, if there is one.</param>
internal sealed partial record ReportText(string Prose, string Returned)
{
    private const int MaxLines = 500;
    private const int MaxReplyLines = 6;

    /// <summary>Divides a text.</summary>
    public static ReportText Of(string text)
    {
        var lines = text.Split('\n', MaxLines + 1);
        for (var at = 0; at < Math.Min(lines.Length, MaxLines); at++)
        {
            var line = lines[at].Length > 300 ? lines[at][..300] : lines[at];
            if (Head().IsMatch(line) || ReturnSigns.Has("cut", line))
            {
                return new ReportText(string.Join('\n', lines[..at]), string.Join('\n', lines[at..]));
            }
        }

        return new ReportText(text, "");
    }

    /// <summary>The last reply of a server in the prose, with the lines that continue it; null if there is none.</summary>
    public string? LastReply()
    {
        var lines = Prose.Split('\n', MaxLines + 1);
        for (var at = Math.Min(lines.Length, MaxLines) - 1; at >= 0; at--)
        {
            var line = lines[at].Length > 1_000 ? lines[at][..1_000] : lines[at];
            if (Reply().IsMatch(line))
            {
                var more = lines.Skip(at + 1).Take(MaxReplyLines - 1).TakeWhile(next => next.Trim().Length > 0);
                return string.Join(' ', more.Prepend(line)).Trim();
            }
        }

        return null;
    }

    /// <summary>The first address in the prose that is not ours or a server's own; null if there is none.</summary>
    public string? Recipient(Func<string, bool> isOther) =>
        Address().Matches(Prose.Length > ReplyText.MaxLength ? Prose[..ReplyText.MaxLength] : Prose)
            .Select(match => match.Value.Trim('.', '\'')).FirstOrDefault(isOther);

    /// <summary>The first address in a header or field; null if there is none.</summary>
    public static string? AddressIn(string? value) =>
        value is { Length: > 0 and <= 4_000 } && Address().Match(value) is { Success: true, Length: <= 320 } match
            ? match.Value.Trim('.', '\'') : null;

    [GeneratedRegex(
        @"[^\s<>""(),;:\[\]@=|\uFF1A\u3000\uFF08\uFF1C]+@[^\s<>""(),;:\[\]@'|]+",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    [GeneratedRegex(@"^\s*>?\s*(received: (from|by)|return-path: <|dkim-signature:|x-original-to:)",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Head();

    [GeneratedRegex(
        @"(?<![\w.:\-/\[(])[45]\d\d(?=[ \-](?!(seconds|minutes|hours|days|bytes|kb|mb)\b)|$)|(?<![\d.])[45]\.[0-7]\.\d{1,3}(?!\.?\d)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, ReplyText.TimeLimit)]
    private static partial Regex Reply();
}
