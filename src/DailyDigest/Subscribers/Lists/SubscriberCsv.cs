using System.Globalization;
using CsvHelper;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Settings;

namespace DailyDigest.Subscribers;

/// <summary>A row as read.</summary>
internal abstract record CsvRow
{
    private CsvRow() { }

    /// <summary>A person to add. The consent has no instant if the row has none.</summary>
    internal sealed record Person(EmailAddress Address, Subscriber Subscriber) : CsvRow;

    /// <summary>The list says that the person is not subscribed.</summary>
    internal sealed record Inactive : CsvRow;

    /// <summary>A row with a fault; the reason is a sentence without the address.</summary>
    internal sealed record Refused(string Reason) : CsvRow;
}

/// <summary>The CSV format of subscribers (RFC 4180, UTF-8), and the validation of a row.</summary>
internal static class SubscriberCsv
{
    /// <summary>The source of an imported consent begins with this.</summary>
    public const string SourcePrefix = "import: ";

    public static readonly string[] Columns = ["email", "zone", "hour", "rhythm", "language", "sections", "consent_at"];

    // The words of this and other programs for an active subscriber. An empty cell says nothing, and is no consent.
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

    public static readonly CsvWriterOptions Writing = CsvWriterOptions.Default with { Injection = CsvInjection.Escape };

    /// <summary>An instant in the format of the files, in UTC; empty for null.</summary>
    public static string Text(DateTimeOffset? instant) => instant?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";

    /// <summary>
    /// A row with too few cells: a quoted line break or a cut has taken the others, and one of them may say that the reader has left.
    /// </summary>
    public static CsvRow Broken(int cells, int columns) => new CsvRow.Refused(string.Create(
        CultureInfo.InvariantCulture, $"the row has {cells} of {columns} cells; a value may not contain a line break."));

    /// <summary>Reads a row.</summary>
    /// <param name="field">Returns the value of a column; null for an empty one or none.</param>
    /// <param name="hasStatus">True if the file has a column status.</param>
    /// <param name="dateColumn">The column with the date of consent; null for none.</param>
    /// <param name="publication">Gives the values of empty cells.</param>
    /// <param name="source">The place where these people consented.</param>
    /// <param name="now">The present instant.</param>
    public static CsvRow Read(
        Func<string, string?> field, bool hasStatus, string? dateColumn, Publication publication, string source, DateTimeOffset now)
    {
        if (!EmailAddress.TryParse(Unescape(field("email")), out var address))
        {
            return new CsvRow.Refused("email: not an address.");
        }

        if (hasStatus && !Subscribed.Contains(field("status") ?? ""))
        {
            return new CsvRow.Inactive();
        }

        var (zone, hourText, rhythmText) = (field("zone") ?? publication.TimeZone, field("hour"), field("rhythm"));
        var (hour, rhythm) = (publication.Hour, Rhythm.Daily);
        if (!Zones.Exists(zone))
        {
            return new CsvRow.Refused("zone: not an IANA zone.");
        }

        if (hourText is not null && (!int.TryParse(hourText, NumberStyles.None, CultureInfo.InvariantCulture, out hour) || hour > 23))
        {
            return new CsvRow.Refused("hour: not 0 to 23.");
        }

        if (rhythmText is not null && !Rhythm.TryParse(rhythmText.ToLowerInvariant(), out rhythm))
        {
            return new CsvRow.Refused("rhythm: not daily, weekdays or weekly-monday and so on.");
        }

        DateTimeOffset? consentAt = null;
        if (dateColumn is not null && field(dateColumn) is { } dateText)
        {
            if (ConsentDate.TryRead(dateText, now, out var instant) is { } fault)
            {
                return new CsvRow.Refused($"{dateColumn}: {fault}");
            }

            consentAt = instant;
        }

        var sections = Sections(field);
        if (sections.Any(section => section.Length > 100 || section.Any(char.IsControl)) || sections.Length > 50)
        {
            return new CsvRow.Refused("sections: at most 50 names of one line, separated by semicolons.");
        }

        var language = publication.Language(field("language"));
        return new CsvRow.Person(address, new Subscriber
        {
            Id = "",
            Address = address.Value,
            Status = SubscriberStatus.Active,
            Zone = zone,
            Hour = hour,
            Rhythm = rhythm,
            Language = language,
            Sections = sections,
            Consent = new Consent(consentAt, SourcePrefix + source, "import", language, null),
            Created = now,
            Confirmed = consentAt,
        });
    }

    private static string[] Sections(Func<string, string?> field) =>
        (field("sections") ?? "").Split([';', '|'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    // Removes the apostrophe that an export puts before an address that looks like a formula.
    private static string? Unescape(string? text) => text is ['\'', var second, ..] && Formula.Contains(second) ? text[1..] : text;
}
