using System.Globalization;
using CsvHelper;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Settings;

namespace DailyDigest.Subscribers;

/// <summary>The CSV format of subscribers (RFC 4180, UTF-8), and the validation of a row.</summary>
internal static class SubscriberCsv
{
    public static readonly string[] Columns = ["email", "zone", "hour", "rhythm", "language", "sections", "consent_at"];

    // The words of this and other programs for an active subscriber.
    private static readonly HashSet<string> Subscribed = new(
        ["active", "subscribed", "enabled", "confirmed"], StringComparer.OrdinalIgnoreCase);

    // Spreadsheets run a cell that begins with one of these as a formula.
    private static readonly char[] Formula = ['=', '+', '-', '@', '\t', '\r'];

    // A value has no line break, so that an unbalanced quotation mark spoils one line and not the rest of the file.
    public static readonly CsvReaderOptions Reading = CsvReaderOptions.Default with
    {
        AllowLineBreaksInQuotes = false,
        MaxRecordSize = 64 * 1024,
        TrackLineNumbers = true,
        TrimWhitespace = true,
        TrimInsideQuotes = true,
    };

    private const DateTimeStyles UtcStyles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    public static readonly CsvWriterOptions Writing = CsvWriterOptions.Default with { Injection = CsvInjection.Escape };

    /// <summary>An instant in the format of the files, in UTC; empty for null.</summary>
    public static string Text(DateTimeOffset? instant) => instant?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";

    /// <summary>Reads a row. Returns null, or why it is refused: a sentence without the address.</summary>
    public static string? TryRead(
        Func<string, string?> field, Publication publication, string source, DateTimeOffset now, out EmailAddress address,
        out Subscriber subscriber)
    {
        subscriber = null!;
        if (!EmailAddress.TryParse(Unescape(field("email")), out address))
        {
            return "email: not an address.";
        }

        if (field("status") is { } status && !Subscribed.Contains(status))
        {
            return "status: not active; only active subscribers are imported.";
        }

        var (zone, hourText, rhythmText) = (field("zone") ?? publication.TimeZone, field("hour"), field("rhythm"));
        var (hour, rhythm, consentAt) = (publication.Hour, Rhythm.Daily, now);
        if (!Zones.Exists(zone))
        {
            return "zone: not an IANA zone.";
        }

        if (hourText is not null && (!int.TryParse(hourText, NumberStyles.None, CultureInfo.InvariantCulture, out hour) || hour > 23))
        {
            return "hour: not 0 to 23.";
        }

        if (rhythmText is not null && !Rhythm.TryParse(rhythmText.ToLowerInvariant(), out rhythm))
        {
            return "rhythm: not daily, weekdays or weekly-monday and so on.";
        }

        if (field("consent_at") is { } at
            && (!DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, UtcStyles, out consentAt)
                || consentAt > now.AddDays(1) || consentAt.Year < 1971))
        {
            return "consent_at: not an instant in the past such as 2025-03-01T10:00:00Z.";
        }

        var language = publication.Language(field("language"));
        var sections = (field("sections") ?? "").Split([';', '|'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (sections.Any(section => section.Length > 100 || section.Any(char.IsControl)) || sections.Length > 50)
        {
            return "sections: at most 50 names of one line, separated by semicolons.";
        }

        subscriber = new Subscriber
        {
            Id = "",
            Address = address.Value,
            Status = SubscriberStatus.Active,
            Zone = zone,
            Hour = hour,
            Rhythm = rhythm,
            Language = language,
            Sections = sections,
            Consent = new Consent(consentAt, source, "import", language, null),
            Created = now,
            Confirmed = consentAt,
        };
        return null;
    }

    // Removes the apostrophe that an export puts before an address that looks like a formula.
    private static string? Unescape(string? text) => text is ['\'', var second, ..] && Formula.Contains(second) ? text[1..] : text;
}
