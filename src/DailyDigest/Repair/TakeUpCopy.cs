using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Repair;

/// <summary>The result for a store that lacks writes which its journal has seen.</summary>
/// <param name="Hold">The span of which the store knows nothing.</param>
/// <param name="Held">Runs that were open in the store and are held.</param>
/// <param name="Applied">The departures of the span.</param>
public sealed record TakenUpCopy(RestoreHold Hold, int Held, AppliedDepartures Applied);

/// <summary>
/// At each start: finds out from the journal that the store lacks its last writes, because an older copy was put back or the log was lost.
/// Runs that were due until then are held until an operator decides, and the departures of the span are applied. Nothing is sent before.
/// Every step is repeatable; the gap is closed last.
/// </summary>
public sealed partial class TakeUpCopy(
    RunStore runs, SteerRun steerRun, RestoreHolds holds, ApplyDepartures apply, TimeProvider time, ILogger<TakeUpCopy> logger,
    IStoreJournal? journal = null)
{
    private const int MaxDaysBack = 100;

    // Writes between an entry of the journal and the change of its reader: one, or some of others in between.
    private const long EntryMargin = 100;

    /// <summary>The result of the last call that found a gap; null if none did.</summary>
    public TakenUpCopy? Result { get; private set; }

    /// <summary>Does nothing if the store lacks nothing.</summary>
    /// <exception cref="StorageException">The store failed; the next start repeats it.</exception>
    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        if (journal is null)
        {
            return;
        }

        var gap = await journal.FindGapAsync(cancellationToken);
        if (journal.WasMissing)
        {
            Log.JournalMissing(logger);
        }

        if (gap is null)
        {
            return;
        }

        var hold = await holds.AddAsync(
            new RestoreHold(gap.JournalSequence, gap.From, gap.Until, time.GetUtcNow()), cancellationToken);
        var held = await HoldOpenAsync(hold, cancellationToken);
        var applied = await apply.ExecuteAsync(
            await DeparturesAsync(journal, gap, cancellationToken), hold.Until, cancellationToken);
        await journal.CloseGapAsync(gap, cancellationToken);
        Result = new TakenUpCopy(hold, held, applied);
        Log.TakenUp(
            logger, hold.Span, gap.JournalSequence - gap.StoreSequence, applied.Ended, applied.Erased, applied.Suppressed, applied.Moved);
    }

    /// <summary>
    /// The entries that the store does not know, and the last few before. An entry is written before the change of its reader, so a copy
    /// that was made in between has the entry's number and not the change. A move that the store knows skips no day.
    /// </summary>
    private static async Task<IReadOnlyList<JournalEntry>> DeparturesAsync(
        IStoreJournal journal, StoreGap gap, CancellationToken cancellationToken)
    {
        var missing = await journal.ReadAsync(gap.StoreSequence, cancellationToken);
        var all = await journal.ReadAsync(Math.Max(0, gap.StoreSequence - EntryMargin), cancellationToken);
        return [.. all.SkipLast(missing.Count).Where(entry => entry.Kind != Departures.Moved), .. missing];
    }

    /// <summary>A run that is open in the copy may have been continued after the copy was made.</summary>
    private async Task<int> HoldOpenAsync(RestoreHold hold, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var days = Math.Clamp((int)Math.Ceiling((now - (hold.From ?? DateTimeOffset.MinValue)).TotalDays) + 3, 3, MaxDaysBack);
        var held = 0;
        foreach (var run in (await runs.ListOpenAsync(now, cancellationToken, days)).Where(run => hold.Covers(run.Due)))
        {
            held += await steerRun.HoldAsync(run, cancellationToken) ? 1 : 0;
        }

        return held;
    }

    private static partial class Log
    {
        [LoggerMessage(892, LogLevel.Error,
            "The store does not have what was written between {Span} ({Writes} writes): an older copy was put back, or its log was lost. "
            + "Runs that were due until then are held: 'deliver --release' sends them, 'run skip' records that they were sent. From the "
            + "journal: subscriptions ended: {Ended}, people erased: {Erased}, addresses suppressed: {Suppressed}, readers left out for a "
            + "day: {Moved}.")]
        public static partial void TakenUp(
            ILogger logger, string span, long writes, int ended, int erased, int suppressed, int moved);

        [LoggerMessage(893, LogLevel.Warning,
            "The journal of the store was gone, and a new one was begun. If a copy from before now is put back, nobody knows who left "
            + "since.")]
        public static partial void JournalMissing(ILogger logger);
    }
}
