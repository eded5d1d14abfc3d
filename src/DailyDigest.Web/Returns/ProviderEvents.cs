using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.Returns;
using DailyDigest.Runs;

namespace DailyDigest.Web;

/// <summary>The parts that the events of all providers have.</summary>
internal static partial class ProviderEvents
{
    private const int MaxCandidates = 12;
    private const string ReplyType = "smtp;";

    /// <summary>An id of fixed length, without characters that a key of the store cannot have.</summary>
    public static string Id(params ReadOnlySpan<string?> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))).AsSpan(0, 16));

    /// <summary>
    /// The candidates of an event, which may prove whom it is about: tokens in envelope addresses, then Message-IDs.
    /// </summary>
    /// <param name="recipient">The recipient's address as reported.</param>
    /// <param name="envelopes">Envelope addresses, some of which may have a token.</param>
    /// <param name="messageIds">Message-IDs, with or without angle brackets.</param>
    public static IReadOnlyList<ReturnCandidate> Candidates(
        string? recipient, IEnumerable<string?> envelopes, IEnumerable<string?> messageIds) =>
    [
        .. envelopes.Select(Token).OfType<string>().Distinct().Select(token => new ReturnCandidate(ReturnProof.Token, token, recipient))
            .Concat(messageIds.Select(Bare).OfType<string>().Distinct()
                .Select(id => new ReturnCandidate(ReturnProof.MessageId, id, recipient)))
            .Take(MaxCandidates),
    ];

    /// <summary>
    /// The verdict of a bounce. The words of the receiving server come first, then the provider's own class. A provider's soft class makes
    /// every verdict soft: a subscription ends only if both say that the address takes no mail.
    /// </summary>
    /// <param name="status">The enhanced code; null for none.</param>
    /// <param name="reply">The reply of the receiving server; null for none.</param>
    /// <param name="class">The reason of the provider's class.</param>
    /// <param name="isSoft">True if the provider says that it is not permanent.</param>
    public static Verdict Verdict(string? status, string? reply, string @class, bool isSoft)
    {
        var said = Verdicts.OfReport(status, reply).Reason;
        var reason = said == "other" ? @class : said;
        return new Verdict(isSoft && RefusalPolicy.IsAboutRecipient(reason) ? RefusalReasons.Temporary : reason);
    }

    /// <summary>
    /// The reply of the receiving server as it is kept, without the type before it (RFC 3464, 2.3.6); null if there is none.
    /// </summary>
    public static string? Reply(string? text) => RefusalReasons.Clean(
        text is not null && text.AsSpan().TrimStart().StartsWith(ReplyType, StringComparison.OrdinalIgnoreCase)
            ? text[(text.IndexOf(';', StringComparison.Ordinal) + 1)..] : text);

    private static string? Token(string? address) => address is { Length: <= 400 } && Tagged().Match(address) is { Success: true } match
        ? match.Groups[1].Value.ToLowerInvariant() : null;

    private static string? Bare(string? id) => id?.Trim().Trim('<', '>') is { Length: > 2 and <= 400 } bare ? bare : null;

    [GeneratedRegex(@"\+([A-Za-z2-7]{40,60})@", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Tagged();
}
