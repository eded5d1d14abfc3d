using System.Globalization;
using CsvHelper;
using DailyDigest.Calendar;
using DailyDigest.Settings;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>The result of an import of a suppression list.</summary>
/// <param name="Rows">Rows that were read.</param>
/// <param name="Added">Entries that are new, or have a stronger reason now.</param>
/// <param name="Known">Rows whose entry was on the list.</param>
/// <param name="Ended">Subscriptions that ended, those of addresses that hashes were found to mean included.</param>
/// <param name="Newer">Rows whose reader confirmed a subscription after the date of the row: nothing was changed.</param>
/// <param name="Refused">Rows that are not understood; each was reported with its line.</param>
/// <param name="Fault">Why the list cannot be read, or cannot be read further; null if it was read to its end.</param>
public sealed record SuppressionImport(int Rows, int Added, int Known, int Ended, int Newer, int Refused, string? Fault)
{
    /// <summary>The mailing service whose export the list is; null for another list. Its rows say the reasons.</summary>
    public string? Service { get; init; }

    /// <summary>Rows of the export whose reader has not left. They were skipped.</summary>
    public int NotLeft { get; init; }
}

/// <summary>The values for rows of a list that do not say them.</summary>
/// <param name="Reason">Why no mail is to be sent; not <see cref="Suppression.Erased"/>.</param>
/// <param name="Source">The name of the list.</param>
/// <param name="Dates">The order of day and month in dates.</param>
public sealed record SuppressionDefaults(Suppression Reason, string Source, DayMonth Dates = DayMonth.Unknown);

/// <summary>
/// Imports a suppression list: addresses, or SHA-256 or MD5 hashes of them; or who has left by the export of a service. The subscriptions
/// of these people end. Hashes are kept, and found when such an address signs up, confirms, is imported or moved to. Repeatable: what is on
/// the list stays. It never subscribes anybody, and never weakens a reason.
/// </summary>
public sealed class ImportSuppressions(
    AddressStore addresses, AddressHash hash, SubscriberStore subscribers, SuppressAddress suppress, EndListed endListed,
    Publication publication, TimeProvider time)
{
    // About a full batch for each of the 256 partitions.
    private const int BatchSize = 25_000;
    private const int MaxConcurrency = 16;

    /// <summary>Reads the seekable list, in any charset, from its beginning. Reports each refused row.</summary>
    public async Task<SuppressionImport> ExecuteAsync(
        Stream csv, SuppressionDefaults defaults, bool dryRun, Action<RefusedRow> refused, IProgress<SuppressionImport>? progress,
        CancellationToken cancellationToken)
    {
        var report = new SuppressionImport(0, 0, 0, 0, 0, 0, null);
        csv.Position = 0;
        await using var letters = await ListLetters.OpenAsync(csv, publication.Languages, cancellationToken);
        if (letters is null)
        {
            return report with { Fault = "The file is larger than 1 GB and not UTF-8. Save it as UTF-8." };
        }

        using var reader = CsvReader.Create(letters.Utf8, SubscriberCsv.Reading, leaveOpen: true);
        if (!await ReadHeaderAsync(reader, cancellationToken))
        {
            return report with { Fault = "Line 1: not CSV." };
        }

        var columns = new SuppressionCsv([.. reader.Headers]);
        report = report with { Service = columns.Service };
        if (columns.Fault is { } fault)
        {
            return report with { Fault = fault };
        }

        var (rows, digests) = (new ListRows(reader), new DigestFilter(csv.Length));
        var next = columns.HasNoHeader ? new ListRow(1, [.. reader.Headers], false) : await NextAsync();
        while (next is not null)
        {
            var lines = new List<SuppressionLine>();
            for (; next is not null && lines.Count < BatchSize; next = await NextAsync())
            {
                var (line, faults) = columns.Read(next, defaults.Reason, defaults.Source, defaults.Dates, time.GetUtcNow());
                report = report with { Rows = report.Rows + 1 };
                if (line is not null)
                {
                    lines.Add(line);
                }
                else if (faults.Length > 0)
                {
                    report = report with { Refused = report.Refused + 1 };
                    refused(new RefusedRow(next.Line, faults));
                }
                else
                {
                    report = report with { NotLeft = report.NotLeft + 1 };
                }
            }

            report = await TakeAsync(report, lines, dryRun, cancellationToken);
            lines.ForEach(line => digests.Add(line.Digest));
            progress?.Report(report);
        }

        return digests.IsEmpty || dryRun ? report
            : report with { Ended = report.Ended + await endListed.ExecuteAsync(digests, cancellationToken) };

        async Task<ListRow?> NextAsync()
        {
            try
            {
                return await rows.NextAsync(cancellationToken);
            }
            catch (CsvFormatException exception)
            {
                report = report with
                {
                    Fault = string.Create(
                        CultureInfo.InvariantCulture, $"Line {exception.LineNumber}: not CSV; nothing after it was read."),
                };
                return null;
            }
        }
    }

    private static async Task<bool> ReadHeaderAsync(CsvReader reader, CancellationToken cancellationToken)
    {
        try
        {
            await reader.ReadHeaderAsync(cancellationToken);
            return reader.Headers.Count > 0;
        }
        catch (CsvFormatException)
        {
            return false;
        }
    }

    private async Task<SuppressionImport> TakeAsync(
        SuppressionImport report, List<SuppressionLine> lines, bool dryRun, CancellationToken cancellationToken)
    {
        var clear = lines.Where(line => line.Address is not null).ToList();
        var outcomes = new LineOutcome[clear.Count];

        // The rows of an address follow one another, so that the strongest reason remains.
        await Parallel.ForEachAsync(
            clear.Select((line, index) => (line, index)).GroupBy(one => one.line.Address!.Normalized),
            new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = cancellationToken },
            async (same, stop) =>
            {
                foreach (var (line, index) in same)
                {
                    outcomes[index] = await TakeAsync(line, dryRun, stop);
                }
            });
        var (hashed, added) = (lines.Count - clear.Count, await TakeDigestsAsync(lines, dryRun, cancellationToken));
        return report with
        {
            Added = report.Added + added + outcomes.Count(one => one is LineOutcome.Added or LineOutcome.Ended),
            Known = report.Known + hashed - added + outcomes.Count(one => one == LineOutcome.Known),
            Ended = report.Ended + outcomes.Count(one => one == LineOutcome.Ended),
            Newer = report.Newer + outcomes.Count(one => one == LineOutcome.Newer),
        };
    }

    private async Task<LineOutcome> TakeAsync(SuppressionLine line, bool dryRun, CancellationToken cancellationToken)
    {
        var known = await addresses.GetAsync(hash.Of(line.Address!), cancellationToken);
        var person = known.SubscriberId is { } id ? (await subscribers.GetAsync(id, cancellationToken))?.Subscriber : null;
        var isActive = person?.Status == SubscriberStatus.Active && hash.Matches(person.Address, known.Hash);
        if (isActive && person!.Confirmed > line.Since)
        {
            return LineOutcome.Newer;
        }

        if (known.Reason >= line.Reason && !isActive)
        {
            return LineOutcome.Known;
        }

        if (!dryRun)
        {
            await suppress.ExecuteAsync(line.Address!, line.Reason, cancellationToken, line.Since, line.Source);
        }

        return isActive ? LineOutcome.Ended : LineOutcome.Added;
    }

    /// <summary>Returns how many entries are new, or have a stronger reason.</summary>
    private async Task<int> TakeDigestsAsync(List<SuppressionLine> lines, bool dryRun, CancellationToken cancellationToken)
    {
        var entries = lines.Where(line => line.Digest is not null)
            .Select(line => new SuppressionEntry(
                hash.OfDigest(line.Digest!), line.Reason, line.Since ?? time.GetUtcNow(), line.Source, line.Digest))
            .GroupBy(entry => entry.Key).Select(same => same.MaxBy(entry => entry.Reason)!).ToList();
        if (entries.Count == 0)
        {
            return 0;
        }

        var store = addresses.Suppressions;
        if (!dryRun)
        {
            await store.NoteDigestsAsync(cancellationToken);
        }

        return (await PartitionBatches.EachAsync<SuppressionEntry, SuppressionEntry>(
            PartitionBatches.Of(entries, entry => AddressStore.Partition(entry.Key), entry => entry.Key),
            async batch =>
            {
                if (!dryRun && await store.InsertAllAsync(batch, cancellationToken))
                {
                    return batch;
                }

                var added = new List<SuppressionEntry>();
                foreach (var entry in batch)
                {
                    if (dryRun ? !((await store.GetAsync(entry.Key, cancellationToken))?.Reason >= entry.Reason)
                        : await store.AddAsync(entry, cancellationToken))
                    {
                        added.Add(entry);
                    }
                }

                return added;
            },
            cancellationToken)).Count;
    }

    private enum LineOutcome
    {
        Known,
        Added,
        Ended,
        Newer,
    }
}
