using System.Globalization;
using System.Security.Cryptography;
using CsvHelper;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
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
/// <param name="Known">Rows whose address was subscribed before.</param>
/// <param name="Refused">Refused rows; each was reported with its reason.</param>
/// <param name="Resumed">Rows that earlier imports had done.</param>
/// <param name="Fault">Why the file cannot be read, or cannot be read further, a sentence; null if it was read to its end.</param>
public sealed record ImportReport(int Rows, int Added, int Known, int Refused, int Resumed, string? Fault)
{
    /// <summary>The progress of earlier imports of the file; null if there was none.</summary>
    public ImportReport? Before { get; init; }
}

/// <summary>
/// Imports a list of people who consented elsewhere. A repeated import of the same file continues where it stopped, and reports again what
/// was refused before. It never subscribes a person who left, complained, bounced, was blocked or was erased. A person with an unconfirmed
/// sign-up must still confirm it.
/// </summary>
public sealed class ImportSubscribers(
    ITableStore tables, SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ChangeSubscriber change,
    Publication publication, TimeProvider time)
{
    private const string Partition = "import";
    private const int BatchSize = 200;
    private const int MaxConcurrency = 8;

    /// <summary>
    /// Reads CSV with a header line. The column email is required. Optional are zone, hour, rhythm, language, sections (separated by
    /// semicolons), consent_at, and status: a row whose status is not active is refused. <paramref name="csv"/> must be seekable.
    /// <paramref name="source"/> names where consent was given; it is stored with each subscriber.
    /// </summary>
    public async Task<ImportReport> ExecuteAsync(
        Stream csv, string source, Action<RefusedRow> refused, IProgress<ImportReport>? progress, CancellationToken cancellationToken)
    {
        var file = Convert.ToHexStringLower(await SHA256.HashDataAsync(csv, cancellationToken));
        csv.Position = 0;
        var done = await tables.GetAsync(Tables.Facts, Partition, file, cancellationToken);
        var before = done is null
            ? null
            : new ImportReport(done.Count("rows"), done.Count("added"), done.Count("known"), done.Count("refused"), 0, null);
        var report = before is null ? new ImportReport(0, 0, 0, 0, 0, null) : before with { Resumed = before.Rows, Before = before };

        using var reader = CsvReader.Create(csv, SubscriberCsv.Reading, leaveOpen: true);
        var fault = await HeaderFaultAsync(reader, cancellationToken);
        if (fault is not null)
        {
            return report with { Fault = fault };
        }

        var refusals = new ImportRefusals(tables, file);
        foreach (var earlier in before is { Refused: > 0 } ? await refusals.ListAsync(cancellationToken) : [])
        {
            refused(earlier);
        }

        var batch = new List<(EmailAddress, Subscriber, int)>(BatchSize);
        for (var (row, more) = (0, true); more;)
        {
            var lost = new List<RefusedRow>();
            batch.Clear();
            while (batch.Count + lost.Count < BatchSize && (more = await NextAsync(reader, text => fault = text, cancellationToken)))
            {
                if (++row <= report.Resumed)
                {
                    continue;
                }

                if (SubscriberCsv.TryRead(
                    Field(reader), publication, "import: " + source, time.GetUtcNow(), out var address, out var person) is { } reason)
                {
                    lost.Add(new RefusedRow((int)reader.LineNumber, reason));
                }
                else
                {
                    batch.Add((address, person, (int)reader.LineNumber));
                }
            }

            var (unread, known) = (lost.Count, report.Refused);
            report = report with { Rows = report.Rows + batch.Count + unread, Refused = report.Refused + unread };
            report = await AddAllAsync(batch, report, lost.Add, cancellationToken);
            lost.ForEach(refused);
            await refusals.KeepAsync(lost, known, cancellationToken);
            await SaveAsync(file, report, source, cancellationToken);
            progress?.Report(report);
        }

        return report with { Fault = fault };
    }

    private static async Task<string?> HeaderFaultAsync(CsvReader reader, CancellationToken cancellationToken)
    {
        try
        {
            await reader.ReadHeaderAsync(cancellationToken);
            return reader.TryGetFieldIndex("email", out _) ? null : "The first line must name the columns, email among them.";
        }
        catch (CsvFormatException)
        {
            return "Line 1: not CSV.";
        }
    }

    private static async Task<bool> NextAsync(CsvReader reader, Action<string> fault, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(cancellationToken);
        }
        catch (CsvFormatException exception)
        {
            fault(string.Create(CultureInfo.InvariantCulture, $"Line {exception.LineNumber}: not CSV; nothing after it was read."));
            return false;
        }
    }

    private static Func<string, string?> Field(CsvReader reader) => name =>
        reader.TryGetFieldIndex(name, out var index) && reader.GetString(index) is { } text && !string.IsNullOrWhiteSpace(text)
            ? text
            : null;

    private async Task<ImportReport> AddAllAsync(
        List<(EmailAddress Address, Subscriber Person, int Line)> batch, ImportReport report, Action<RefusedRow> refused,
        CancellationToken cancellationToken)
    {
        var reasons = new string?[batch.Count];
        var added = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, batch.Count),
            new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = cancellationToken },
            async (index, cancellation) =>
            {
                reasons[index] = await AddAsync(batch[index].Address, batch[index].Person, cancellation);
                if (reasons[index] is null)
                {
                    Interlocked.Increment(ref added);
                }
            });
        var lost = 0;
        for (var index = 0; index < batch.Count; index++)
        {
            if (reasons[index] is { Length: > 0 } reason)
            {
                lost++;
                refused(new RefusedRow(batch[index].Line, reason));
            }
        }

        return report with
        {
            Added = report.Added + added,
            Refused = report.Refused + lost,
            Known = report.Known + batch.Count - added - lost,
        };
    }

    // Returns null if added, an empty text if already subscribed, otherwise the reason. The subscriber row is inserted as pending, then the
    // address row is written once more before the activation: a concurrent writer that read the address row before then fails. Without
    // this, two rows of the file, or a row and a sign-up, with one address would both get a digest.
    private async Task<string?> AddAsync(EmailAddress address, Subscriber person, CancellationToken cancellationToken)
    {
        var begun = person with { Id = SubscriberStore.NewId(), Status = SubscriberStatus.Pending };
        var inserted = false;
        while (true)
        {
            var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
            if (known.Reason is { } reason)
            {
                return $"The address is suppressed ({reason.ToString().ToLowerInvariant()}).";
            }

            var stored = known.SubscriberId is { } id ? (await subscribers.GetAsync(id, cancellationToken))?.Subscriber : null;
            if (stored is null or { Status: SubscriberStatus.Erased })
            {
                if (await addresses.WriteAsync(known with { SubscriberId = begun.Id }, cancellationToken))
                {
                    inserted |= await subscribers.InsertAsync(begun, cancellationToken);
                }

                continue;
            }

            if (inserted && stored.Id != begun.Id)
            {
                await subscribers.DeleteAsync(begun.Id, cancellationToken);
                inserted = false;
            }

            if (!IsBegun(stored, person))
            {
                return stored.Status == SubscriberStatus.Active ? "" : $"The address is known and {SubscriberRow.Text(stored.Status)}.";
            }

            if (await addresses.WriteAsync(known, cancellationToken))
            {
                return await ActivateAsync(stored.Id, person, cancellationToken);
            }
        }
    }

    // True after an interrupted import of this address, or for another row with the same address.
    private static bool IsBegun(Subscriber stored, Subscriber person) =>
        stored is { Status: SubscriberStatus.Pending, SignUp: null } && stored.Consent.Source == person.Consent.Source;

    private async Task<string?> ActivateAsync(string id, Subscriber person, CancellationToken cancellationToken)
    {
        var mine = false;
        await change.ExecuteAsync(
            id,
            before =>
            {
                mine = before is { Status: SubscriberStatus.Pending };
                return mine ? person with { Id = id } : null;
            },
            cancellationToken);
        return mine ? null : "";
    }

    private Task<WriteResult> SaveAsync(string file, ImportReport report, string source, CancellationToken cancellationToken) =>
        tables.WriteAsync(Tables.Facts, Partition, TableWrite.Upsert(new TableRow(file)
        {
            { "rows", report.Rows }, { "added", report.Added }, { "known", report.Known }, { "refused", report.Refused },
            { "source", source }, { "at", time.GetUtcNow() },
        }), cancellationToken);
}
