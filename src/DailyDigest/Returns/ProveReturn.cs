using DailyDigest.Mailing;
using DailyDigest.Subscribers;

namespace DailyDigest.Returns;

/// <summary>
/// Finds out which mail of ours a report is about, by what its sender cannot have made up: a signed token, else a Message-ID that is
/// computed again for the recipient. Only for an event that a provider has signed, recipient and instant are enough.
/// </summary>
public sealed class ProveReturn(
    EnvelopeTokens envelopes, NoticeTokens noticeTokens, UnsubscribeTokens unsubscribe, AddressStore addresses, AddressHash hash,
    NoticeStore notices, FindMail find, TimeProvider time)
{
    // A report about one mail names one or two recipients.
    private const int MaxRecipients = 4;

    // A relay tries for five days; a service mail may have waited for seven before.
    private const int NoticeDays = 12;

    /// <summary>The proven mail; null if nothing in the report proves one.</summary>
    internal async Task<ProvenReturn?> ExecuteAsync(ReturnEvent reported, CancellationToken cancellationToken)
    {
        // A server on the way may change the case of a local part.
        var tokens = reported.Candidates.Where(one => one.Proof == ReturnProof.Token).Select(one => one.Value.ToLowerInvariant());

        // A sender who saw a mail of ours has its envelope. So it proves a wish to leave only in the event of a provider.
        return reported is { Kind: ReturnKind.Unsubscribe, IsVouched: false }
            ? tokens.Select(Unsubscribed).FirstOrDefault(one => one is not null)
            : tokens.Select(Envelope).FirstOrDefault(one => one is not null)
                ?? await ByMessageIdAsync(reported, cancellationToken)
                ?? (reported is { IsVouched: true, At: { } at, Recipient: { } recipient }
                    && await SubscriberAsync(recipient, cancellationToken) is { } person
                    ? await find.ExecuteAsync(person, at, cancellationToken) : null);
    }

    private ProvenReturn? Unsubscribed(string token) =>
        unsubscribe.TryRead(token, out var subscriberId) ? new ProvenReturn(ReturnProof.Token, null, subscriberId, null) : null;

    private ProvenReturn? Envelope(string token) =>
        envelopes.TryRead(token, out var date, out var subscriberId, out var copy)
            ? new ProvenReturn(ReturnProof.Token, date, subscriberId, copy)
        : noticeTokens.Read(token) is { } notice
            ? new ProvenReturn(ReturnProof.Token, null, notice.SubscriberId, null) { Notice = notice }
        : null;

    private async Task<ProvenReturn?> ByMessageIdAsync(ReturnEvent reported, CancellationToken cancellationToken)
    {
        var ids = reported.Candidates.Where(one => one.Proof == ReturnProof.MessageId
            && (MessageIds.TryReadDate(one.Value, out _) || MessageIds.MayBeNotice(one.Value)));
        foreach (var group in ids.GroupBy(one => one.Recipient ?? reported.Recipient).Take(MaxRecipients))
        {
            if (group.Key is { } recipient && await SubscriberAsync(recipient, cancellationToken) is { } person
                && await MatchAsync(person, [.. group.Select(one => one.Value)], cancellationToken) is { } proven)
            {
                return proven;
            }
        }

        return null;
    }

    private async Task<ProvenReturn?> MatchAsync(string person, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        foreach (var id in ids)
        {
            if (MessageIds.TryReadDate(id, out var date) && MessageIds.IsOfDigest(id, date, person))
            {
                return new ProvenReturn(ReturnProof.MessageId, date, person, null);
            }
        }

        var notice = !ids.Any(MessageIds.MayBeNotice) ? null
            : (await notices.ListAsync(person, time.GetUtcNow(), NoticeDays, cancellationToken))
                .FirstOrDefault(one => ids.Any(id => MessageIds.IsOfNotice(id, one.Key)));
        return notice is null ? null : new ProvenReturn(ReturnProof.MessageId, null, person, null) { Notice = notice.Name };
    }

    private async Task<string?> SubscriberAsync(string recipient, CancellationToken cancellationToken) =>
        EmailAddress.TryParse(recipient, out var address)
            ? (await addresses.GetAsync(hash.Of(address), cancellationToken)).SubscriberId : null;
}
