namespace DailyDigest.Subscribers;

/// <summary>The answer to a request for a link by mail.</summary>
public enum MailLinkAnswer
{
    /// <summary>A mail with the link is sent to the subscriber's address, unless the address is blocked.</summary>
    Mailed,

    /// <summary>This subscriber asked for too many links within 24 hours.</summary>
    TooOften,

    /// <summary>There is no such person, or none who can use such a link.</summary>
    Unknown,
}

/// <summary>
/// Mails a short-lived link for the data, a new address or the erasure to the subscriber's own address. A person with a forwarded
/// digest can ask for it, but does not receive it.
/// </summary>
public sealed class MailLink(SubscriberStore subscribers, NoticeStore notices, TimeProvider time)
{
    /// <summary>Links of one subscriber within 24 hours, for all purposes together: the mails must not become a nuisance.</summary>
    public const int MaxPerDay = 3;

    /// <summary>Queues the mail. Two requests in the same second send one mail.</summary>
    public async Task<MailLinkAnswer> ExecuteAsync(string subscriberId, LinkPurpose purpose, CancellationToken cancellationToken)
    {
        while (await subscribers.GetAsync(subscriberId, cancellationToken) is { Subscriber: var person } stored && CanUse(person, purpose))
        {
            var now = time.GetUtcNow();
            if (Tries.Add(person.LinkTries, MaxPerDay, now) is not { } tries)
            {
                return MailLinkAnswer.TooOften;
            }

            // The audience does not use this field: no new version, no projection.
            if (await subscribers.UpdateAsync(stored, person with { LinkTries = tries }, cancellationToken))
            {
                await notices.AddLinkAsync(subscriberId, now, purpose, cancellationToken);
                return MailLinkAnswer.Mailed;
            }
        }

        return MailLinkAnswer.Unknown;
    }

    // A person who has left may still see and erase the data.
    private static bool CanUse(Subscriber person, LinkPurpose purpose) => purpose switch
    {
        LinkPurpose.Data or LinkPurpose.Erase => person.Status != SubscriberStatus.Erased,
        LinkPurpose.Move => person.Status == SubscriberStatus.Active,
        _ => false,
    };
}
