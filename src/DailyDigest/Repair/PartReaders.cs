using System.Runtime.CompilerServices;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Repair;

/// <summary>Readers to send to, counted by their former state.</summary>
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
/// The readers of a part, and those of them to whom a run is to be sent again. Ledger and audience are read side by side in the order of
/// ids, in pages; nothing is kept beyond a page.
/// </summary>
internal sealed class PartReaders(
    Part part, Cohort cohort, Run run, SendAgainTo to, string? only, ITableStore tables, AudienceStore audience, TimeProvider time)
{
    private bool taken;

    /// <summary>Counts them and changes nothing.</summary>
    public async Task<ResendTally> CountAsync(CancellationToken cancellationToken)
    {
        var tally = new ResendTally();
        await foreach (var (row, entry) in ReadAsync(cancellationToken))
        {
            Choose(row, entry, tally);
        }

        return tally;
    }

    /// <summary>The delivery as it is to be stored, or null if this reader is not chosen; counts the reader by former state.</summary>
    public DeliveryRow? Choose(DeliveryRow? row, AudienceEntry? entry, ResendTally tally)
    {
        if (only is not null && only != (row?.SubscriberId ?? entry?.SubscriberId))
        {
            return null;
        }

        if (What(row) is not { } what || (row is null && !taken))
        {
            // A reader whom the part has not reached yet, or will retry, is not missing. In a closed run such readers come from an earlier
            // call that was interrupted.
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
        return (row ?? new DeliveryRow
        {
            SubscriberId = entry.SubscriberId,
            Cohort = part.Cohort,
            State = DeliveryState.Deferred,
            At = now
        }) with
        {
            // A delivery that was in doubt once stays in doubt.
            State = row is { WasInDoubt: true } ? DeliveryState.Unknown : DeliveryState.Deferred,
            Reason = null,
            At = now,
            Until = now,
            RefusedLate = false,
        };
    }

    /// <summary>Every reader of the part's ledger and audience, by id; one of the two may be null.</summary>
    public async IAsyncEnumerable<(DeliveryRow? Row, AudienceEntry? Entry)> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var control = await tables.GetAsync(Tables.Ledger, part.Partition, part.ControlKey, cancellationToken);
        taken = control is not null && PartControl.Read(control).Exhausted;
        await using var entries = audience.ScanAsync(cohort, part.AudienceSlices, null, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
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

            // A row of another cohort's run: served there. Or a row that cannot be read: unknown.
            entry = own is null ? entry : await NextAsync();
        }

        for (; entry is not null; entry = await NextAsync())
        {
            yield return (null, entry);
        }

        async Task<AudienceEntry?> NextAsync() => await entries.MoveNextAsync() ? entries.Current : null;
    }

    /// <summary>The former state of a delivery that is to be sent again; null for any other.</summary>
    private string? What(DeliveryRow? row) => (to, row?.State) switch
    {
        (SendAgainTo.Missing, null) => SendAgainReport.NotTakenUp,
        (SendAgainTo.Missing, DeliveryState.Expired) => "expired",
        (SendAgainTo.Missing, DeliveryState.Rejected) when !row!.WasInDoubt && !IsFinal(row) => $"rejected: {row.Reason ?? "other"}",
        (SendAgainTo.Missing, DeliveryState.Withheld) when row!.Reason == DeliveryRow.RunCancelled =>
            "withheld: " + DeliveryRow.RunCancelled,
        (SendAgainTo.Held, DeliveryState.Held) => "held",
        (SendAgainTo.Held, DeliveryState.Rejected) when row!.WasInDoubt && !IsFinal(row) => "rejected after it was in doubt",

        // No worker sends in a closed run: an earlier call was interrupted.
        (SendAgainTo.Missing, DeliveryState.Deferred) when run.State == RunState.Closed => "deferred",
        (SendAgainTo.Held, DeliveryState.Unknown) when run.State == RunState.Closed => "unknown",
        _ => null,
    };

    /// <summary>
    /// True if it was refused for a reason that only the reader can change: the subscription ends for it. If the run's refusals are
    /// distrusted, they say nothing about readers, and the operator or time may remove the cause.
    /// </summary>
    private bool IsFinal(DeliveryRow row) => RefusalPolicy.IsAboutRecipient(row.Reason) && !run.Distrusted;
}
