using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Settings;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>A sign-up request, not validated.</summary>
/// <param name="Address">The address.</param>
/// <param name="Source">The origin of the consent: page or json.</param>
/// <param name="Language">BCP 47 tag of the page; the closest language of the publication is used.</param>
/// <param name="Zone">IANA zone; the publication's if invalid.</param>
/// <param name="Hour">Local hour; the publication's if invalid.</param>
/// <param name="Rhythm">daily, weekdays, weekly-monday and so on; daily if invalid.</param>
/// <param name="NetworkHash">See <see cref="AddressHash.OfNetwork"/>.</param>
/// <param name="Again">True if the reader asks for the mail again, because it did not arrive.</param>
public sealed record SignUpRequest(
    string? Address, string Source, string? Language = null, string? Zone = null, int? Hour = null, string? Rhythm = null,
    string? NetworkHash = null, bool Again = false)
{
    /// <summary>Sections of the publication, empty for all; null keeps those of a former reader, and means all for a new one.</summary>
    public IReadOnlyList<string>? Sections { get; init; }
}

/// <summary>The answer to a sign-up. It does not reveal whether the address is known.</summary>
public enum SignUpOutcome
{
    /// <summary>A mail is sent to the address unless it is blocked.</summary>
    Accepted,

    /// <summary>The text is not an address.</summary>
    NotAnAddress,
}

/// <summary>
/// Stores a sign-up with preferences and consent, and queues a mail to the address, at most once in 24 hours, or three times if the reader
/// asks for it again. The person is not subscribed yet.
/// New, pending, active, former and suppressed addresses cause the same storage calls in the same order, so that neither the answer nor its
/// timing reveals the state. <see cref="SendNotices"/> decides later which mail is sent, if any.
/// </summary>
public sealed class SignUp(
    SubscriberStore subscribers, AddressStore addresses, NoticeStore notices, AddressHash hash, Publication publication, TimeProvider time,
    TellHooks? hooks = null)
{
    /// <summary>The version of the consent text (PageTexts, Consent). docs/readers.md has the text of each version.</summary>
    public const string Wording = "2026-11-23";

    /// <summary>Mails to one address within 24 hours, including those that were asked for again.</summary>
    public const int MaxPerDay = 3;

    private static readonly TimeSpan BetweenMails = TimeSpan.FromHours(24);
    private static readonly TimeSpan BeforeAgain = TimeSpan.FromMinutes(1);

    public async Task<SignUpOutcome> ExecuteAsync(SignUpRequest request, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(request.Address, out var address))
        {
            return SignUpOutcome.NotAnAddress;
        }

        // A round fails only after a concurrent write to the same rows, which then made progress.
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

    // Returns when the mail was requested; null after a concurrent write.
    private async Task<(string Id, DateTimeOffset? Asked)> TryAsync(
        EmailAddress address, SignUpRequest request, CancellationToken cancellationToken)
    {
        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        var newId = SubscriberStore.NewId();
        var stored = await subscribers.GetAsync(known.SubscriberId ?? newId, cancellationToken);

        // Do not reuse the id of a subscriber row that is erased or missing: its deletion may still be in progress.
        var person = stored?.Subscriber.Status == SubscriberStatus.Erased ? null : stored?.Subscriber;
        var id = person?.Id ?? newId;
        if (!await addresses.WriteAsync(known with { SubscriberId = id }, cancellationToken))
        {
            return (id, null);
        }

        var after = Next(person, id, address, Choices(request), request.Again);
        if (hooks is not null && await hooks.AreWantedAsync(cancellationToken))
        {
            // Published when the mail is sent: the answer takes the same time for every address.
            after = after with { Events = SubscriberEvent.AfterSignUp(person, after, time.GetUtcNow()) };
        }

        var done = person is null
            ? await subscribers.InsertAsync(after, cancellationToken)
            : await subscribers.UpdateAsync(stored!, after, cancellationToken, always: true);
        return (id, done ? after.Asked : null);
    }

    private static (DateTimeOffset Asked, Tries? Tries) NextMail(Subscriber person, bool again, DateTimeOffset now) =>
        person.Asked is not { } asked || now - asked >= BetweenMails ? (now, new Tries(now, 1))
        : again && now - asked >= BeforeAgain
            && Tries.Add(person.MailTries ?? new Tries(asked, 1), MaxPerDay, now) is { } more ? (now, more)
        : (asked, person.MailTries);

    private Subscriber Next(Subscriber? person, string id, EmailAddress address, PendingSignUp choices, bool again)
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
        var (asked, tries) = NextMail(person, again, now);
        return person with
        {
            SignUp = person.Status == SubscriberStatus.Active ? null : choices,
            Asked = asked,
            MailTries = tries,
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
            new Consent(time.GetUtcNow(), request.Source, Wording, language, request.NetworkHash))
        {
            Sections = request.Sections is null ? null : Offered(request.Sections),
        };
    }

    // In the publication's spelling. A complete list means all, as on the preferences page.
    private string[] Offered(IReadOnlyList<string> wanted)
    {
        var chosen = publication.Sections.Where(section => wanted.Contains(section, StringComparer.OrdinalIgnoreCase)).ToArray();
        return chosen.Length == publication.Sections.Count ? [] : chosen;
    }
}
