using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>Converts a subscriber to a row of table Subscribers and back.</summary>
internal static class SubscriberRow
{
    private const string Undone = " undone";

    public static TableRow Write(Subscriber subscriber)
    {
        var row = new TableRow(subscriber.Id)
        {
            { "address", subscriber.Address },
            { "status", Text(subscriber.Status) },
            { "zone", subscriber.Zone },
            { "hour", subscriber.Hour },
            { "rhythm", subscriber.Rhythm.ToString() },
            { "sections", Lines(subscriber.Sections) },
            { "language", subscriber.Language },
            { "storyLanguages", Lines(subscriber.StoryLanguages) },
            { "pausedUntil", subscriber.PausedUntil?.Text() },
            { "restSince", subscriber.Rest?.Since.Text() },
            { "restUntil", subscriber.Rest?.Until.Text() },
            { "restReason", subscriber.Rest?.Reason },
            { "restEnded", subscriber.Rest is { IsEnded: true } ? true : null },
            { "refusedOn", Lines([.. subscriber.RefusedOn.Select(date => date.Text())]) },
            { "created", subscriber.Created },
            { "confirmed", subscriber.Confirmed },
            { "ended", subscriber.Ended },
            { "asked", subscriber.Asked },
            { "leftFor", subscriber.LeftFor },
            { "newAddress", subscriber.NewAddress?.Address },
            { "newAddressAsked", subscriber.NewAddress?.Asked },
            { "newAddressUndo", subscriber.NewAddress?.IsUndo },
            { "formerAddresses", Lines([.. subscriber.FormerAddresses.Select(Text)]) },
            { "addressVersion", subscriber.AddressVersion },
            { "addressTriesSince", subscriber.AddressTries?.Since },
            { "addressTries", subscriber.AddressTries?.Count },
            { "mailTriesSince", subscriber.MailTries?.Since },
            { "mailTries", subscriber.MailTries?.Count },
            { "linkTriesSince", subscriber.LinkTries?.Since },
            { "linkTries", subscriber.LinkTries?.Count },
            { "cohortTriesSince", subscriber.CohortTries?.Since },
            { "cohortTries", subscriber.CohortTries?.Count },
            { "placements", string.Join('\n', subscriber.Placements.Select(Text)) },
            { "version", subscriber.Version },
            { "events", Lines([.. subscriber.Events.Select(one => one.ToText())]) },
        };
        Add(row, "consent", subscriber.Consent);
        Add(row, "confirm", subscriber.Confirmation);
        Add(row, "newAddress", subscriber.NewAddress?.Confirmation);
        if (subscriber.SignUp is { } signUp)
        {
            row.Add("signUpZone", signUp.Zone);
            row.Add("signUpHour", signUp.Hour);
            row.Add("signUpRhythm", signUp.Rhythm.ToString());
            row.Add("signUpLanguage", signUp.Language);
            if (signUp.Sections is { } sections)
            {
                row.Add("signUpSections", string.Join('\n', sections));
            }

            Add(row, "signUp", signUp.Consent);
        }

        return row;
    }

    public static Subscriber Read(TableRow row)
    {
        var person = ReadAll(row);

        // Earlier imports recorded their own instant if a list gave no date of consent.
        return person.Consent.At is { } at && at == person.Created
            && person.Consent.Source.StartsWith(SubscriberCsv.SourcePrefix, StringComparison.Ordinal)
            ? person with { Consent = person.Consent with { At = null }, Confirmed = person.Confirmed == at ? null : person.Confirmed }
            : person;
    }

    private static Subscriber ReadAll(TableRow row) => new()
    {
        Id = row.Key,
        Address = row.Text("address") ?? "",
        Status = Status(row.Text("status")),
        Zone = row.Text("zone") ?? "Etc/UTC",
        Hour = Math.Clamp(row.Count("hour"), 0, 23),
        Rhythm = ReadRhythm(row.Text("rhythm")),
        Sections = Lines(row.Text("sections")),
        Language = row.Text("language") ?? "en",
        StoryLanguages = Lines(row.Text("storyLanguages")),
        PausedUntil = row.Date("pausedUntil"),
        Rest = ReadRest(row),
        RefusedOn = [.. Lines(row.Text("refusedOn")).Select(text => LocalDates.TryParse(text, out var date) ? date : (DateOnly?)null)
            .OfType<DateOnly>()],
        Consent = ReadConsent(row, "consent") ?? new Consent(null, "", "", "", null),
        Confirmation = ReadConsent(row, "confirm"),
        LeftFor = row.Text("leftFor"),
        NewAddress = row.Text("newAddress") is { } address
            ? new NewAddress(
                address, row.Instant("newAddressAsked") ?? DateTimeOffset.UnixEpoch, ReadConsent(row, "newAddress"),
                row.Flag("newAddressUndo"))
            : null,
        FormerAddresses = [.. Lines(row.Text("formerAddresses")).Select(ReadFormer).OfType<FormerAddress>()],
        AddressVersion = row.Whole("addressVersion") ?? 0,
        AddressTries = ReadTries(row, "addressTries"),
        MailTries = ReadTries(row, "mailTries"),
        LinkTries = ReadTries(row, "linkTries"),
        CohortTries = ReadTries(row, "cohortTries"),
        Created = row.Instant("created") ?? DateTimeOffset.UnixEpoch,
        Confirmed = row.Instant("confirmed"),
        Ended = row.Instant("ended"),
        Asked = row.Instant("asked"),
        SignUp = ReadConsent(row, "signUp") is { } consent
            ? new PendingSignUp(
                row.Text("signUpZone") ?? "Etc/UTC", Math.Clamp(row.Count("signUpHour"), 0, 23), ReadRhythm(row.Text("signUpRhythm")),
                row.Text("signUpLanguage") ?? "en", consent)
            {
                Sections = row.Text("signUpSections") is { } sections ? Lines(sections) : null,
            }
            : null,
        Placements = [.. Lines(row.Text("placements")).Select(ReadPlacement).OfType<Placement>()],
        Version = row.Whole("version") ?? 1,
        Events = [.. Lines(row.Text("events")).Select(SubscriberEvent.Parse).OfType<SubscriberEvent>()],
    };

    /// <summary>The status in lower case, as stored and as written in a CSV file.</summary>
    public static string Text(SubscriberStatus status) => status switch
    {
        SubscriberStatus.Pending => "pending",
        SubscriberStatus.Active => "active",
        SubscriberStatus.Unsubscribed => "unsubscribed",
        SubscriberStatus.Bounced => "bounced",
        SubscriberStatus.Complained => "complained",
        _ => "erased",
    };

    /// <summary>The status of a stored subscriber. Cheaper than the whole.</summary>
    public static SubscriberStatus StatusOf(TableRow row) => Status(row.Text("status"));

    /// <summary>The date until which a stored subscriber pauses; null if not paused.</summary>
    public static DateOnly? PausedUntilOf(TableRow row) => row.Date("pausedUntil");

    /// <summary>The last rest of a stored subscriber; null for none.</summary>
    public static Rest? ReadRest(TableRow row) => row.Date("restSince") is { } since && row.Date("restUntil") is { } until
        ? new Rest(since, until, row.Text("restReason") ?? "other", row.Flag("restEnded")) : null;

    public static string? Lines(IReadOnlyList<string> lines) => lines.Count == 0 ? null : string.Join('\n', lines);

    public static string[] Lines(string? text) => text?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];

    // An unknown status counts as unsubscribed: the person gets nothing.
    private static SubscriberStatus Status(string? text) =>
        Enum.GetValues<SubscriberStatus>().Cast<SubscriberStatus?>().FirstOrDefault(status => Text(status!.Value) == text)
            ?? SubscriberStatus.Unsubscribed;

    private static Rhythm ReadRhythm(string? text) => Rhythm.TryParse(text, out var rhythm) ? rhythm : Rhythm.Daily;

    private static string Text(Placement placement) =>
        $"{placement.Cohort.Key}|{placement.From.Text()}|{placement.Until?.Text()}|{(placement.Removed ? "removed" : "")}";

    private static Placement? ReadPlacement(string text) =>
        text.Split('|') is [var key, var from, var until, var removed] && Cohort.TryParse(key, out var cohort)
            && LocalDates.TryParse(from, out var first)
            ? new Placement(cohort, first, LocalDates.TryParse(until, out var last) ? last : null, removed.Length > 0)
            : null;

    // The instant comes first, because an address may contain a vertical bar.
    private static string Text(FormerAddress former) =>
        $"{former.Left.UtcDateTime:O}{(former.IsUndone ? Undone : "")}|{former.Address}";

    private static FormerAddress? ReadFormer(string text)
    {
        var at = Math.Max(text.IndexOf('|', StringComparison.Ordinal), 0);
        var undone = text[..at].EndsWith(Undone, StringComparison.Ordinal);
        var instant = text[..(undone ? at - Undone.Length : at)];
        return DateTimeOffset.TryParse(instant, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var left)
            ? new FormerAddress(text[(at + 1)..], left, undone)
            : null;
    }

    private static Tries? ReadTries(TableRow row, string name) =>
        row.Instant(name + "Since") is { } since ? new Tries(since, row.Count(name)) : null;

    private static void Add(TableRow row, string prefix, Consent? consent)
    {
        if (consent is null)
        {
            return;
        }

        row.Add(prefix + "At", consent.At);
        row.Add(prefix + "Source", consent.Source);
        row.Add(prefix + "Wording", consent.Wording);
        row.Add(prefix + "ShownIn", consent.Language);
        row.Add(prefix + "Network", consent.NetworkHash);
    }

    // A consent of an unknown instant has a source and no instant.
    private static Consent? ReadConsent(TableRow row, string prefix) =>
        row.Instant(prefix + "At") is var at && row.Text(prefix + "Source") is var source && (at ?? (object?)source) is not null
            ? new Consent(
                at, source ?? "", row.Text(prefix + "Wording") ?? "", row.Text(prefix + "ShownIn") ?? "", row.Text(prefix + "Network"))
            : null;
}
