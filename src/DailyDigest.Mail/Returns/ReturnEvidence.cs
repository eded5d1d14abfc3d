using System.Text.RegularExpressions;
using DailyDigest.Returns;
using DailyDigest.Subscribers;

namespace DailyDigest.Mail.Returns;

/// <summary>Finds what may prove whom a returned message is about.</summary>
internal static partial class ReturnEvidence
{
    private const int MaxValues = 8;
    private const int MaxCandidates = 32;
    private const int MaxLength = 400;
    private const int MaxText = 64 * 1024;

    private static readonly string[] Delivered =
    [
        "Delivered-To", "X-Original-To", "X-Envelope-To", "Envelope-To", "X-Delivered-To", "X-RCPT-TO", "Resent-To", "To", "Cc",
        "Return-Path", "X-Return-Path", "X-Envelope-From", "Errors-To", "Received",
    ];

    /// <summary>The candidates: tokens before Message-IDs, each with every recipient.</summary>
    public static IReadOnlyList<ReturnCandidate> Find(
        RawReturn raw, IEnumerable<string> fields, string text, IEnumerable<string?> recipients)
    {
        var tokens = new List<string>();
        var ids = new List<string>();
        foreach (var value in raw.Headers.Values(Delivered))
        {
            Collect(Token(), value, tokens);
        }

        foreach (var field in fields)
        {
            Collect(Token(), field, tokens);
        }

        foreach (var value in raw.Returned.Values(Delivered))
        {
            Collect(Token(), value, tokens);
        }

        foreach (var value in raw.Returned.Values("CFBL-Feedback-ID"))
        {
            Collect(Bare(), value, tokens);
        }

        foreach (var value in raw.Returned.Values("Message-ID", "X-Original-Message-ID", "Message-Id"))
        {
            Collect(Bracketed(), value, ids);
        }

        text = text.Length > MaxText ? text[..MaxText] : text;
        Collect(Token(), text, tokens);
        Collect(FeedbackId(), text, tokens);
        Collect(MessageId(), text, ids);
        foreach (var value in raw.Headers.Values("In-Reply-To", "References", "X-Original-Message-ID", "X-MS-Exchange-Parent-Message-Id"))
        {
            Collect(Bracketed(), value, ids);
        }

        var people = recipients.Distinct().DefaultIfEmpty(null).ToList();
        return
        [
            .. tokens.Select(token => (ReturnProof.Token, Value: token.ToLowerInvariant()))
                .Concat(ids.Select(id => (ReturnProof.MessageId, Value: id)))
                .SelectMany(one => people.Select(address => new ReturnCandidate(one.Item1, one.Value, address)))
                .Take(MaxCandidates),
        ];
    }

    /// <summary>True if the text has an address that begins like ours, with a token.</summary>
    public static bool HasToken(string text, string address)
    {
        var at = address.LastIndexOf('@');
        return at > 0 && Token().Matches(text).Any(match =>
            text.AsSpan(0, match.Index).EndsWith(address.AsSpan(0, at), StringComparison.OrdinalIgnoreCase)
            && text.AsSpan(match.Index + match.Length).StartsWith(address.AsSpan(at + 1), StringComparison.OrdinalIgnoreCase));
    }

    private static void Collect(Regex pattern, string text, List<string> found)
    {
        for (var match = pattern.Match(text); match.Success && found.Count < MaxValues; match = match.NextMatch())
        {
            if (match.Length <= MaxLength && !found.Contains(match.Groups[1].Value))
            {
                found.Add(match.Groups[1].Value);
            }
        }
    }

    /// <summary>A token of <see cref="EnvelopeTokens"/> in an address.</summary>
    [GeneratedRegex(@"\+([A-Za-z2-7]{48})@", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Token();

    /// <summary>A token alone, as RFC 9477 has providers return it.</summary>
    [GeneratedRegex(@"^([A-Za-z2-7]{48})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Bare();

    [GeneratedRegex(
        @"cfbl-feedback-id:\s*([A-Za-z2-7]{48})\b",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FeedbackId();

    [GeneratedRegex(@"<([!-;=?A-~]+@[!-;=?A-~]+)>", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Bracketed();

    [GeneratedRegex(
        @"message-id:\s*<([!-;=?A-~]+@[!-;=?A-~]+)>",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex MessageId();
}
