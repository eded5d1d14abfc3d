using System.Globalization;
using System.Text;
using CsvHelper;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Mailing;
using DailyDigest.Settings;

namespace DailyDigest.Subscribers;

/// <summary>A row as read.</summary>
internal abstract record CsvRow
{
    private CsvRow() { }

    /// <summary>A person to add. The consent has no instant if the row has none.</summary>
    internal sealed record Person(EmailAddress Address, Subscriber Subscriber) : CsvRow
    {
        /// <summary>The language as the list has it; null for none.</summary>
        public string? Language { get; init; }

        /// <summary>The tags that are no sections.</summary>
        public IReadOnlyList<string> OtherTags { get; init; } = [];
    }

    /// <summary>The list says that the person is not subscribed.</summary>
    internal sealed record Inactive(RowDeparture Departure) : CsvRow;

    /// <summary>A row with a fault; the reason is a sentence without the address.</summary>
    internal sealed record Refused(string Reason) : CsvRow;
}

/// <summary>The CSV format of subscribers (RFC 4180), and the validation of a row.</summary>
internal static class SubscriberCsv
{
    /// <summary>The source of an imported consent begins with this.</summary>
    public const string SourcePrefix = "import: ";

    public static readonly string[] Columns = ["email", "zone", "hour", "rhythm", "language", "sections", "story_languages", "consent_at"];

    private const string BeyondAscii =
        "email: before the at sign is a letter that many mail servers do not take. Ask for an address of a to z, digits and signs.";

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

    /// <summary>The address of a whole row that says that the person has left; null for another row.</summary>
    public static EmailAddress? Departed(ListRow row, ListColumns columns, int width) =>
        Broken(row, width) is null && columns.States.Of(index => Cell(row, index)).Left is not null
        && EmailAddress.TryParse(Unescape(columns.Value("email", index => Cell(row, index))), out var address) ? address : null;

    /// <summary>The address of a whole row of somebody who has not left, and the sections of its tags; null for another row.</summary>
    public static (EmailAddress Address, string[] Sections)? Tagged(ListRow row, ListColumns columns, int width, Publication publication)
    {
        string? cell(int index) => Cell(row, index);
        return Broken(row, width) is null && columns.States.Of(cell).Left is null
            && EmailAddress.TryParse(Unescape(columns.Value("email", cell)), out var address)
            ? (address, SectionsOf(Tags(columns.Value("tags", cell), publication), publication)) : null;
    }

    /// <summary>Reads a row. A refusal names each fault.</summary>
    /// <param name="row">The row.</param>
    /// <param name="columns">The columns of the list.</param>
    /// <param name="width">The number of columns.</param>
    /// <param name="order">The order of day and month in its dates.</param>
    /// <param name="publication">Gives the values of empty cells.</param>
    /// <param name="source">The place where these people consented.</param>
    /// <param name="now">The present instant.</param>
    public static CsvRow Read(
        ListRow row, ListColumns columns, int width, DayMonth order, Publication publication, string source, DateTimeOffset now)
    {
        if (Broken(row, width) is { } broken)
        {
            return new CsvRow.Refused(broken);
        }

        string? cell(int index) => Cell(row, index);
        string? field(string what) => columns.Value(what, cell);
        var faults = new List<string>();
        var typed = Unescape(field("email"));
        if (!EmailAddress.TryParse(typed, out var address))
        {
            faults.Add(IsBeyondAscii(typed) ? BeyondAscii : "email: not an address.");
        }

        var (left, notUnderstood) = columns.States.Of(cell);
        if (left is not null)
        {
            return faults.Count == 0 ? new CsvRow.Inactive(left) : new CsvRow.Refused(faults[0]);
        }

        if (notUnderstood is not null)
        {
            faults.Add($"{notUnderstood}: neither yes nor no, so it is not known whether the reader has left.");
        }

        var (zone, hourText, rhythmText) = (field("zone") ?? publication.TimeZone, field("hour"), field("rhythm"));
        var (hour, rhythm) = (publication.Hour, Rhythm.Daily);
        if (!Zones.Exists(zone))
        {
            faults.Add("zone: not an IANA zone.");
        }

        if (hourText is not null && (!int.TryParse(hourText, NumberStyles.None, CultureInfo.InvariantCulture, out hour) || hour > 23))
        {
            faults.Add("hour: not 0 to 23.");
        }

        if (rhythmText is not null && !Rhythm.TryParse(rhythmText.ToLowerInvariant(), out rhythm))
        {
            faults.Add("rhythm: not daily, weekdays or weekly-monday and so on.");
        }

        DateTimeOffset? consentAt = null;
        if (columns.Date(cell) is var (dateColumn, dateText))
        {
            if (ConsentDate.TryRead(dateText, order, now, out var instant) is { } fault)
            {
                faults.Add($"{dateColumn}: {fault}");
            }
            else
            {
                consentAt = instant;
            }
        }

        var tags = field("sections") is null ? Tags(field("tags"), publication) : [];
        var sections = field("sections") is { } names ? Names(names) : SectionsOf(tags, publication);
        if (sections.Any(section => section.Length > 100 || section.Any(char.IsControl)) || sections.Length > 50)
        {
            faults.Add("sections: at most 50 names of one line, separated by semicolons.");
        }

        var stories = Names(field("stories"));
        if (stories.Length > 20 || stories.Any(tag => LanguageTag.Parse(tag) is null))
        {
            faults.Add("story_languages: at most 20 language tags such as en, separated by semicolons.");
        }

        if (faults.Count > 0)
        {
            return new CsvRow.Refused(string.Join(' ', faults));
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
            StoryLanguages = stories,
            Consent = new Consent(consentAt, SourcePrefix + source, "import", language, null),
            Created = now,
            Confirmed = consentAt,
        })
        {
            Language = field("language"),
            OtherTags = [.. tags.Where(tag => Section(tag, publication) is null)],
        };
    }

    // An address such as zoë@example.org. Its domain may have any letters: it has a form of ASCII letters.
    private static bool IsBeyondAscii(string? text) =>
        text is not null && text.IndexOf('@') is > 0 and var at && !Ascii.IsValid(text.AsSpan(0, at))
        && EmailAddress.TryParse("a" + text[at..], out _);

    internal static string? Cell(ListRow row, int index) =>
        index < row.Cells.Count && !string.IsNullOrWhiteSpace(row.Cells[index]) ? row.Cells[index] : null;

    // Values of a row with too few cells or too many may be in the wrong columns, and one of them may say that the reader has left.
    internal static string? Broken(ListRow row, int width) =>
        row.HasLineBreak ? "a value has a line break, so nothing of the row was taken."
        : row.Cells.Count < width || row.Cells.Skip(width).Any(extra => !string.IsNullOrWhiteSpace(extra))
            ? string.Create(CultureInfo.InvariantCulture, $"the row has {row.Cells.Count} of {width} cells.") : null;

    // One tag may have a comma, as a section may.
    private static string[] Tags(string? cell, Publication publication) => cell is null ? []
        : Section(cell.Trim(), publication) is { } section ? [section]
        : cell.Split([';', '|', ',', '"', '[', ']'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string[] SectionsOf(IEnumerable<string> tags, Publication publication) =>
        [.. tags.Select(tag => Section(tag, publication)).OfType<string>().Distinct()];

    // Tags of other programs are no sections, unless one has the name of a section.
    private static string? Section(string tag, Publication publication) =>
        publication.Sections.FirstOrDefault(section => section.Equals(tag, StringComparison.OrdinalIgnoreCase));

    private static string[] Names(string? cell) =>
        (cell ?? "").Split([';', '|'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    // Removes the apostrophe that an export puts before an address that looks like a formula.
    internal static string? Unescape(string? text) => text is ['\'', var second, ..] && Formula.Contains(second) ? text[1..] : text;
}
