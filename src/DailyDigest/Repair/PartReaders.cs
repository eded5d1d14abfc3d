using System.Runtime.CompilerServices;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Repair;

/// <summary>How many readers are to be sent to, by what they were.</summary>
internal sealed class ResendTally
{
    private readonly SortedDictionary<string, long> found = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> Found => found;

    public long Left { get; set; }

    public long Waiting { get; set; }

    public long Total => found.Values.Sum();

    public void Add(string what, long count = 1) => found[what] = found.GetValueOrDefault(what) + count;

    public void Add(ResendTally other)
    {
        Left += other.Left;
        Waiting += other.Waiting;
        foreach (var (what, count) in other.found)
        {
            Add(what, count);
        }
    }
}

/// <summary>
/// The readers of a part, and those among them to whom a run is to be sent again: ledger and audience are read side by side in the order of ids, in
/// pages, and nothing is kept beyond a page.
/// </summary>
internal sealed class PartReaders(
    Part part, Cohort cohort, Run run, SendAgainTo to, string? only, ITableStore tables, AudienceStore audience, TimeProvider time)
{
    private bool taken;

    /// <summary>Counts them without changing anything.</summary>
    public async Task<ResendTally> CountAsync(CancellationToken cancellationToken)
    {
        var tally = new ResendTally();
        await foreach (var (row, entry) in ReadAsync(cancellationToken))
        {
            Choose(row, entry, tally);
        }

        return tally;
    }

    /// <summary>The delivery as it is to stand, or null if this reader is not among them; counts what it was.</summary>
    public DeliveryRow? Choose(DeliveryRow? row, AudienceEntry? entry, ResendTally tally)
    {
        if (only is not null && only != (row?.SubscriberId ?? entry?.SubscriberId))
        {
            return null;
        }

        if (What(row) is not { } what || (row is null && !taken))
        {
            // Whom the part has not come to yet, or comes to again, is not missing. In a closed run they are of an earlier call that was stopped half way.
            var waits = row is null ? run.State == RunState.Open && !taken : !row.IsSettled;
            tally.Waiting += waits && entry is not null && entry.CountsOn(part.Date) ? 1 : 0;
            return null;
        }

        if (entry is null || !entry.CountsOn(part.Date))
        {
            tally.Left += row is null ? 0 : 1;
            return null;
        }

        tally.Add(what);
        var now = time.GetUtcNow();
        return (row ?? new DeliveryRow { SubscriberId = entry.SubscriberId, Cohort = part.Cohort, State = DeliveryState.Deferred, At = now }) with
        {
            // What was in doubt once stays in doubt.
            State = row is { WasInDoubt: true } ? DeliveryState.Unknown : DeliveryState.Deferred,
            Reason = null,
            At = now,
            Until = now,
            RefusedLate = false,
        };
    }

    /// <summary>Every reader of the part's ledger and audience, by id; one of the two may be null.</summary>
    public async IAsyncEnumerable<(DeliveryRow? Row, AudienceEntry? Entry)> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var control = await tables.GetAsync(Tables.Ledger, part.Partition, part.ControlKey, cancellationToken);
        taken = control is not null && PartControl.Read(control).Exhausted;
        await using var entries = audience.ScanAsync(cohort, part.AudienceSlices, null, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var entry = await NextAsync();
        await foreach (var stored in LedgerReader.RowsAsync(tables, part, cancellationToken))
        {
            for (; entry is not null && string.CompareOrdinal(entry.SubscriberId, stored.Key) < 0; entry = await NextAsync())
            {
                yield return (null, entry);
            }

            var own = entry?.SubscriberId == stored.Key ? entry : null;
            if (DeliveryRow.Read(stored) is { } row && row.Cohort == part.Cohort)
            {
                yield return (row, own);
            }

            // A row of another cohort's run, or one that cannot be read: served elsewhere, or nobody can tell.
            entry = own is null ? entry : await NextAsync();
        }

        for (; entry is not null; entry = await NextAsync())
        {
            yield return (null, entry);
        }

        async Task<AudienceEntry?> NextAsync() => await entries.MoveNextAsync() ? entries.Current : null;
    }

    /// <summary>What a delivery was that is to be sent again; null for one that is not.</summary>
    private string? What(DeliveryRow? row) => (to, row?.State) switch
    {
        (SendAgainTo.Missing, null) => SendAgainReport.NotTakenUp,
        (SendAgainTo.Missing, DeliveryState.Expired) => "expired",
        (SendAgainTo.Missing, DeliveryState.Rejected) when !row!.WasInDoubt && !IsFinal(row) => $"rejected: {row.Reason ?? "other"}",
        (SendAgainTo.Missing, DeliveryState.Withheld) when row!.Reason == DeliveryRow.RunCancelled => "withheld: " + DeliveryRow.RunCancelled,
        (SendAgainTo.Held, DeliveryState.Held) => "held",
        (SendAgainTo.Held, DeliveryState.Rejected) when row!.WasInDoubt && !IsFinal(row) => "rejected after it was in doubt",

        // Nobody sends in a closed run: an earlier call was stopped half way.
        (SendAgainTo.Missing, DeliveryState.Deferred) when run.State == RunState.Closed => "deferred",
        (SendAgainTo.Held, DeliveryState.Unknown) when run.State == RunState.Closed => "unknown",
        _ => null,
    };

    /// <summary>
    /// Refused because of what only the reader can change: those whose subscriptions end for it. Where the run's refusals are not believed they say
    /// nothing about readers, and like whatever else was said may be mended by the operator or by time.
    /// </summary>
    private bool IsFinal(DeliveryRow row) => RefusalPolicy.IsAboutRecipient(row.Reason) && !run.Distrusted;
}
