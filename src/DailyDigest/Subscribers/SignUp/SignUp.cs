using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Settings;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>What a reader sent, as it came.</summary>
/// <param name="Address">The address.</param>
/// <param name="Source">Where consent was given: page, json.</param>
/// <param name="Language">BCP 47 tag of the page; one of the publication's is taken.</param>
/// <param name="Zone">IANA zone; the publication's if it is none.</param>
/// <param name="Hour">Local hour; the publication's if it is none.</param>
/// <param name="Rhythm">daily, weekdays, weekly-monday and so on; daily if it is none.</param>
/// <param name="NetworkHash">See <see cref="AddressHash.OfNetwork"/>.</param>
public sealed record SignUpRequest(
    string? Address, string Source, string? Language = null, string? Zone = null, int? Hour = null, string? Rhythm = null, string? NetworkHash = null);

/// <summary>What may be said to whoever asked. Whether the address was known is not among it.</summary>
public enum SignUpOutcome
{
    /// <summary>If the address may be written to, a mail is on its way.</summary>
    Accepted,

    /// <summary>That is not an address.</summary>
    NotAnAddress,
}

/// <summary>
/// Takes a sign-up: notes what was chosen and agreed to, and has a mail sent to the address, at most once in 24 hours. Nobody is subscribed by it.
/// For new, pending, active, former and suppressed addresses the same storage calls are made in the same order, so that neither the answer nor its
/// time tells them apart; which mail is sent, if any, is decided by <see cref="SendNotices"/>.
/// </summary>
public sealed class SignUp(
    SubscriberStore subscribers, AddressStore addresses, NoticeStore notices, AddressHash hash, Publication publication, TimeProvider time)
{
    /// <summary>The version of the sentence that readers agree to (PageTexts, Consent); what each version said stands in docs/readers.md.</summary>
    public const string Wording = "2026-11-23";

    private static readonly TimeSpan BetweenMails = TimeSpan.FromHours(24);

    /// <summary>Takes the sign-up.</summary>
    public async Task<SignUpOutcome> ExecuteAsync(SignUpRequest request, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(request.Address, out var address))
        {
            return SignUpOutcome.NotAnAddress;
        }

        // A round fails only when somebody else wrote the same rows meanwhile, and then that one made progress.
        DateTimeOffset? asked;
        string id;
        do
        {
            (id, asked) = await TryAsync(address, request, cancellationToken);
        }
        while (asked is null);

        await notices.AddAsync(id, asked.Value, cancellationToken);
        return SignUpOutcome.Accepted;
    }

    // Returns since when a mail is asked for; null when another writer was first.
    private async Task<(string Id, DateTimeOffset? Asked)> TryAsync(EmailAddress address, SignUpRequest request, CancellationToken cancellationToken)
    {
        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        var newId = SubscriberStore.NewId();
        var stored = await subscribers.GetAsync(known.SubscriberId ?? newId, cancellationToken);

        // An id whose truth is gone or going (erased, or never written) is not used again: whoever removes it may still be at work.
        var person = stored?.Subscriber.Status == SubscriberStatus.Erased ? null : stored?.Subscriber;
        var id = person?.Id ?? newId;
        if (!await addresses.WriteAsync(known with { SubscriberId = id }, cancellationToken))
        {
            return (id, null);
        }

        var after = Next(person, id, address, Choices(request));
        var done = person is null
            ? await subscribers.InsertAsync(after, cancellationToken)
            : await subscribers.UpdateAsync(after, stored!.ETag, cancellationToken);
        return (id, done ? after.Asked : null);
    }

    private Subscriber Next(Subscriber? person, string id, EmailAddress address, PendingSignUp choices)
    {
        var now = time.GetUtcNow();
        person ??= new Subscriber
        {
            Id = id,
            Address = address.Value,
            Status = SubscriberStatus.Pending,
            Zone = choices.Zone,
            Hour = choices.Hour,
            Rhythm = choices.Rhythm,
            Language = choices.Language,
            Consent = choices.Consent,
            Created = now,
        };
        return person with
        {
            SignUp = person.Status == SubscriberStatus.Active ? null : choices,
            Asked = person.Asked is { } asked && now - asked < BetweenMails ? asked : now,
        };
    }

    private PendingSignUp Choices(SignUpRequest request)
    {
        var language = publication.Language(request.Language);
        return new PendingSignUp(
            Zones.Exists(request.Zone) ? request.Zone! : publication.TimeZone,
            request.Hour is >= 0 and <= 23 ? request.Hour.Value : publication.Hour,
            Rhythm.TryParse(request.Rhythm, out var rhythm) ? rhythm : Rhythm.Daily,
            language,
            new Consent(time.GetUtcNow(), request.Source, Wording, language, request.NetworkHash));
    }
}
