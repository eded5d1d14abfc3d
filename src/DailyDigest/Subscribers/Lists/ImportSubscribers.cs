using System.Globalization;
using System.Security.Cryptography;
using CsvHelper;
using DailyDigest.Calendar;
using DailyDigest.Settings;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>A row that was refused.</summary>
/// <param name="Line">The line of the file on which it ends, from 1.</param>
/// <param name="Reason">Why, a sentence without the address.</param>
public sealed record RefusedRow(int Line, string Reason)
{
    /// <summary>True if an earlier import of the same file refused it.</summary>
    public bool Earlier { get; init; }
}

/// <summary>The progress of an import. Counts include earlier imports of the same file.</summary>
/// <param name="Rows">Rows that were read.</param>
/// <param name="Added">New subscribers.</param>
/// <param name="Known">Rows whose address was subscribed before the import.</param>
/// <param name="Refused">Rows with a fault; each was reported with its reason.</param>
/// <param name="Resumed">Rows that earlier imports had done.</param>
/// <param name="Fault">Why the file cannot be read, or cannot be read further, a sentence; null if it was read to its end.</param>
public sealed record ImportReport(int Rows, int Added, int Known, int Refused, int Resumed, string? Fault)
{
    /// <summary>Rows whose status in the file is not active, and other rows of the same people.</summary>
    public int Inactive { get; init; }

    /// <summary>
    /// Rows of people who left, complained, bounced, were blocked or erased here, or whose sign-up waits for its confirmation.
    /// </summary>
    public int LeftOut { get; init; }

    /// <summary>Rows whose address is on an earlier row of the file, and is subscribed.</summary>
    public int Repeated { get; init; }

    /// <summary>Added people whose row had no date of consent.</summary>
    public int Undated { get; init; }

    /// <summary>The column that the dates of consent were read from; null for none.</summary>
    public string? DateColumn { get; init; }

    /// <summary>How letters of a file that is not UTF-8 were read; null if the bytes say it.</summary>
    public AssumedLetters? Letters { get; init; }

    /// <summary>Values of rows of this call that no setting offers.</summary>
    public IReadOnlyList<UnmatchedChoice> Unmatched { get; init; } = [];

    /// <summary>The progress of earlier imports of the file; null if there was none.</summary>
    public ImportReport? Before { get; init; }
}

/// <summary>
/// Imports a list of people who consented elsewhere. A repeated import of the same file continues where it stopped, and reports again what
/// was refused before. It never subscribes a person who left, complained, bounced, was blocked or was erased. A person with an unconfirmed
/// sign-up must still confirm it.
/// </summary>
public sealed class ImportSubscribers(ITableStore tables, AddImported add, Publication publication, TimeProvider time)
{
    internal const string Partition = "import";

    // Rows in memory. Fewer would write each page of a database more often: the ids of new subscribers are spread over all of it.
    private const int BatchSize = 50_000;

    /// <summary>
    /// Reads CSV with a header line, in any charset. The column email is required. Optional are zone, hour, rhythm, language, sections
    /// (separated by semicolons), a date of consent (<see cref="ConsentDate"/>), and columns that say who has left
    /// (<see cref="DepartureColumn"/>).
    /// <paramref name="dates"/> is the order of day and month in its dates.
    /// <paramref name="csv"/> must be seekable. <paramref name="source"/> names where consent was given; it is stored with each subscriber.
    /// With <paramref name="dryRun"/> nothing is written, and the report tells what would be done.
    /// </summary>
    public async Task<ImportReport> ExecuteAsync(
        Stream csv, string source, bool dryRun, Action<RefusedRow> refused, IProgress<ImportReport>? progress,
        CancellationToken cancellationToken, DayMonth dates = DayMonth.Unknown)
    {
        var file = Convert.ToHexStringLower(await SHA256.HashDataAsync(csv, cancellationToken));
        var left = await ListDepartures.FindAsync(csv, publication.Languages, cancellationToken);
        var before = Read(await tables.GetAsync(Tables.Facts, Partition, file, cancellationToken));
        var report = before is null ? new ImportReport(0, 0, 0, 0, 0, null) : before with { Resumed = before.Rows, Before = before };

        await using var letters = await ListLetters.OpenAsync(csv, publication.Languages, cancellationToken);
        if (letters is null)
        {
            return report with { Fault = "The file is larger than 1 GB and not UTF-8. Save it as UTF-8." };
        }

        using var reader = CsvReader.Create(letters.Utf8, SubscriberCsv.Reading, leaveOpen: true);
        report = report with { Letters = letters.Assumed };
        if (await ImportHeader.FaultAsync(reader, cancellationToken) is { } unusable)
        {
            return report with { Fault = unusable };
        }

        var refusals = new ImportRefusals(tables, file);
        foreach (var earlier in before is { Refused: > 0 } ? await refusals.ListAsync(cancellationToken) : [])
        {
            refused(earlier);
        }

        var (columns, rows) = (new ListColumns([.. reader.Headers]), new ListRows(reader));
        report = report with { DateColumn = columns.DateName };
        var (unmatched, now, fault) = (new UnmatchedChoices(publication), time.GetUtcNow(), (string?)null);
        var seen = new HashSet<ulong>();
        for (var (number, more) = (0, true); more;)
        {
            var (people, lost, inactive) = (new List<CsvRow.Person>(), new List<RefusedRow>(), 0);
            while (people.Count + lost.Count + inactive < BatchSize)
            {
                var row = await NextAsync(rows, text => fault = text, cancellationToken);
                if (!(more = row is not null))
                {
                    break;
                }

                if (++number <= report.Resumed)
                {
                    continue;
                }

                switch (SubscriberCsv.Read(row!, columns, reader.Headers.Count, dates, publication, source, now))
                {
                    case CsvRow.Person person when left.Contains(person.Address.Normalized):
                        inactive++;
                        break;
                    case CsvRow.Person person:
                        people.Add(person);
                        unmatched.Add(person.Language, person.Subscriber.Sections, person.Subscriber.Zone);
                        break;
                    case CsvRow.Refused one:
                        lost.Add(new RefusedRow(row!.Line, one.Reason));
                        break;
                    default:
                        inactive++;
                        break;
                }
            }

            var known = report.Refused;
            report = report with
            {
                Rows = report.Rows + people.Count + lost.Count + inactive,
                Refused = report.Refused + lost.Count,
                Inactive = report.Inactive + inactive,
                Unmatched = unmatched.List(),
            };
            lost.ForEach(refused);
            var begun = report;
            var outcomes = dryRun ? await add.ForeseeAsync(people, seen, cancellationToken) : await add.ExecuteAsync(
                people, seen, count => progress?.Report(begun with { Added = begun.Added + count }), cancellationToken);
            report = Count(report, people, outcomes);
            if (!dryRun)
            {
                await refusals.KeepAsync(lost, known, cancellationToken);
                await SaveAsync(file, report, source, cancellationToken);
            }

            progress?.Report(report);
        }

        return report with { Fault = fault };
    }

    private static ImportReport Count(ImportReport report, List<CsvRow.Person> people, AddOutcome[] outcomes) => report with
    {
        Added = report.Added + outcomes.Count(outcome => outcome == AddOutcome.Added),
        Known = report.Known + outcomes.Count(outcome => outcome == AddOutcome.Known),
        Repeated = report.Repeated + outcomes.Count(outcome => outcome == AddOutcome.Repeated),
        LeftOut = report.LeftOut + outcomes.Count(outcome => outcome == AddOutcome.LeftOut),
        Undated = report.Undated
            + people.Where((person, index) => outcomes[index] == AddOutcome.Added && person.Subscriber.Consent.At is null).Count(),
    };

    private static async Task<ListRow?> NextAsync(ListRows rows, Action<string> fault, CancellationToken cancellationToken)
    {
        try
        {
            return await rows.NextAsync(cancellationToken);
        }
        catch (CsvFormatException exception)
        {
            fault(string.Create(CultureInfo.InvariantCulture, $"Line {exception.LineNumber}: not CSV; nothing after it was read."));
            return null;
        }
    }

    internal static ImportReport? Read(TableRow? row) => row is null ? null
        : new ImportReport(row.Count("rows"), row.Count("added"), row.Count("known"), row.Count("refused"), 0, null)
        {
            Inactive = row.Count("inactive"),
            LeftOut = row.Count("leftOut"),
            Repeated = row.Count("repeated"),
            Undated = row.Count("undated"),
        };

    private Task<WriteResult> SaveAsync(string file, ImportReport report, string source, CancellationToken cancellationToken) =>
        tables.WriteAsync(Tables.Facts, Partition, TableWrite.Upsert(new TableRow(file)
        {
            { "rows", report.Rows }, { "added", report.Added }, { "known", report.Known }, { "refused", report.Refused },
            { "inactive", report.Inactive }, { "leftOut", report.LeftOut }, { "repeated", report.Repeated }, { "undated", report.Undated },
            { "source", source }, { "at", time.GetUtcNow() },
        }), cancellationToken);
}
