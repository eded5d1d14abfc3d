using System.Globalization;
using System.Security.Cryptography;
using CsvHelper;
using DailyDigest.Calendar;
using DailyDigest.Settings;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

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
    /// (<see cref="DepartureColumn"/>). The exports of some services are known (<see cref="ServiceExports"/>).
    /// <paramref name="dates"/> is the order of day and month in its dates. <paramref name="name"/> is the name of the file, if it has one:
    /// some services say only there whom it has.
    /// <paramref name="csv"/> must be seekable. <paramref name="source"/> names where consent was given; it is stored with each subscriber.
    /// With <paramref name="dryRun"/> nothing is written, and the report tells what would be done.
    /// </summary>
    public async Task<ImportReport> ExecuteAsync(
        Stream csv, string source, bool dryRun, Action<RefusedRow> refused, IProgress<ImportReport>? progress,
        CancellationToken cancellationToken, DayMonth dates = DayMonth.Unknown, string? name = null)
    {
        var file = Convert.ToHexStringLower(await SHA256.HashDataAsync(csv, cancellationToken));
        var left = await ListDepartures.FindAsync(csv, publication, cancellationToken);
        var before = Read(await tables.GetAsync(Tables.Facts, Partition, file, cancellationToken));
        var report = before is null ? new ImportReport(0, 0, 0, 0, 0, null) : before with { Resumed = before.Rows, Before = before };

        await using var letters = await ListLetters.OpenAsync(csv, publication.Languages, cancellationToken);
        if (letters is null)
        {
            return report with { Fault = "The file is larger than 1 GB and not UTF-8. Save it as UTF-8." };
        }

        using var reader = CsvReader.Create(letters.Utf8, SubscriberCsv.Reading, leaveOpen: true);
        report = report with { Letters = letters.Assumed };
        var (columns, unusable) = await ImportHeader.ReadAsync(reader, cancellationToken);
        report = columns is null ? report : report with
        {
            Service = columns.Service?.Name,
            Columns = [.. columns.Mapped],
            Notes = columns.Notes,
            DateColumn = columns.DateName,
        };
        unusable ??= columns?.Service?.FaultOf(name);
        if (columns is null || unusable is not null)
        {
            return report with { Fault = unusable };
        }

        var refusals = new ImportRefusals(tables, file);
        foreach (var earlier in before is { Refused: > 0 } ? await refusals.ListAsync(cancellationToken) : [])
        {
            refused(earlier);
        }

        var (rows, states) = (new ListRows(reader), new LeftOutStates());
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
                    case CsvRow.Person person when left.Contains(person.Address):
                        inactive++;
                        states.Add(null);
                        break;
                    case CsvRow.Person person:
                        people.Add(left.Complete(person));
                        unmatched.Add(person.Language, person.Subscriber.Sections, person.Subscriber.Zone);
                        unmatched.AddTags(person.OtherTags);
                        break;
                    case CsvRow.Refused one:
                        lost.Add(new RefusedRow(row!.Line, one.Reason));
                        break;
                    case CsvRow.Inactive one:
                        inactive++;
                        states.Add(one.Departure);
                        break;
                }
            }

            var known = report.Refused;
            report = report with
            {
                Rows = report.Rows + people.Count + lost.Count + inactive,
                Refused = report.Refused + lost.Count,
                Inactive = report.Inactive + inactive,
                States = states.List(),
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
            Service = row.Text("service"),
        };

    private Task<WriteResult> SaveAsync(string file, ImportReport report, string source, CancellationToken cancellationToken) =>
        tables.WriteAsync(Tables.Facts, Partition, TableWrite.Upsert(new TableRow(file)
        {
            { "rows", report.Rows }, { "added", report.Added }, { "known", report.Known }, { "refused", report.Refused },
            { "inactive", report.Inactive }, { "leftOut", report.LeftOut }, { "repeated", report.Repeated }, { "undated", report.Undated },
            { "source", source }, { "at", time.GetUtcNow() }, { "service", report.Service },
        }), cancellationToken);
}
