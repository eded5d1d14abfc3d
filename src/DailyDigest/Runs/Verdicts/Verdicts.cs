using System.Text.RegularExpressions;

namespace DailyDigest.Runs;

/// <summary>
/// Reads why a server refused a message, from phrases (<c>phrases.txt</c>) and codes (<c>codes.txt</c>). Phrases come before codes: servers
/// use codes for more than they mean. No reason that ends a subscription is guessed: an unknown text is "other", and a temporary code makes
/// every refusal soft.
/// </summary>
public static partial class Verdicts
{
    /// <summary>The phrases.</summary>
    public static readonly PhraseTable Phrases = PhraseTable.Load(typeof(Verdicts).Assembly, "DailyDigest.phrases.txt");

    internal static readonly CodeTable Codes = ReadCodes();

    /// <summary>The reason of a code alone, such as 5.1.1 or 552; null if it says nothing.</summary>
    public static string? OfCode(string code, RefusalStage stage) => Codes.Find(code, stage);

    /// <summary>The verdict of a report that comes after a relay had accepted the message.</summary>
    /// <param name="status">The enhanced code (RFC 3463) that the report gives; null if it has none.</param>
    /// <param name="reply">The last reply of the refusing server; null if the report does not quote it.</param>
    /// <param name="text">The prose of the report without the returned message; null if there is none.</param>
    public static Verdict OfReport(string? status, string? reply, string? text = null)
    {
        try
        {
            return Read(status, reply, text);
        }
        catch (RegexMatchTimeoutException)
        {
            return new Verdict("other");
        }
    }

    /// <summary>The reason of the first phrase that a prepared text has; null if it has none.</summary>
    public static string? Phrase(string text) => text.Length == 0 ? null : Phrases.Find(text, label => label is not "account") switch
    {
        "login" or "relaying" or "machine" or "listed" => "policy",
        var label => label,
    };

    private static Verdict Read(string? status, string? reply, string? text)
    {
        status = Enhanced().Match(Cut(status)) is { Success: true } match ? match.Value : null;
        reply = Cut(reply);
        var replies = Basic().Matches(reply);
        var basic = replies.Count > 0 ? replies[^1].Value : null;
        var inReply = Enhanced().Matches(reply);
        var isTemporary = status?[0] == '4' || (inReply.Count > 0 && inReply[^1].Value[0] == '4') || basic?[0] == '4';
        var code = (inReply.Count > 0 ? OfCode(inReply[^1].Value, RefusalStage.Report) : null)
            ?? (status is null ? null : OfCode(status, RefusalStage.Report))
            ?? (basic is null ? null : OfCode(basic, RefusalStage.Report));
        var prose = ReplyText.Prepare(text);
        var found = Phrase(ReplyText.Prepare(reply))
            ?? (code is "mailbox-full" or "too-big" ? code : null)
            ?? Phrase(prose)
            ?? code
            ?? "other";

        // A code about the sender in the reply says whose domain is unknown.
        found = code == "sender-refused" && inReply.Count > 0 && RefusalPolicy.IsAboutRecipient(found) ? code : found;
        return new Verdict(!isTemporary ? found
            : RefusalPolicy.IsAboutRecipient(found) || found == "other" ? RefusalReasons.Temporary : found);
    }

    private static string Cut(string? text) =>
        text is null ? "" : text.Length > ReplyText.MaxLength ? text[..ReplyText.MaxLength] : text;

    private static CodeTable ReadCodes()
    {
        using var reader = new StreamReader(typeof(Verdicts).Assembly.GetManifestResourceStream("DailyDigest.codes.txt")!);
        return CodeTable.Read(reader.ReadToEnd());
    }

    [GeneratedRegex(@"(?<![\d.])[245]\.[0-9]\.\d{1,3}(?!\.?\d)", RegexOptions.CultureInvariant, ReplyText.TimeLimit)]
    private static partial Regex Enhanced();

    // A reply code stands before a space, a hyphen or the end, not in an IP address, a port or a size.
    [GeneratedRegex(
        @"(?<![\w.:\-/\[(])[45]\d\d(?=[ \-]|$)(?! (seconds|minutes|hours|bytes|kb|mb))",
        RegexOptions.CultureInvariant, ReplyText.TimeLimit)]
    private static partial Regex Basic();
}
