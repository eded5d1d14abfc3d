using DailyDigest.Runs;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Moving;

/// <summary>The result of putting a store back.</summary>
/// <param name="Was">Its mark before; null if it had none.</param>
/// <param name="Refusal">Why it was not put back; null if it was.</param>
/// <param name="Held">Runs that were open and are held now.</param>
public sealed record ReopenedStore(StoreMark? Was, string? Refusal, int Held);

/// <summary>
/// Gives a move up: takes the mark off its source, so that it may be served again. What the other side has done since the move is not known
/// here. So runs that were due until now are held until an operator decides, as after a restore.
/// </summary>
public sealed class ReopenStore(TimeProvider time)
{
    private const int DaysBack = 100;

    /// <summary>Puts the store back. Repeatable; the mark changes last.</summary>
    public async Task<ReopenedStore> ExecuteAsync(StoreSide side, CancellationToken cancellationToken)
    {
        await side.Tables.PrepareAsync(cancellationToken);
        var mark = await StoreMarks.ReadAsync(side.Tables, cancellationToken);
        if (mark?.State == MarkState.Receiving)
        {
            return new ReopenedStore(mark, $"{side.Name} holds a part of {mark.Other} only: end that move, or delete it.", 0);
        }

        var left = mark?.State == MarkState.Moved || await WasMovedAsync(side.Journal, cancellationToken);
        if (!left && mark is not { State: MarkState.Copying or MarkState.Closed })
        {
            return new ReopenedStore(null, $"{side.Name} was not moved: it may be served.", 0);
        }

        await side.Queues.PrepareAsync(cancellationToken);
        await (side.OpenAsync?.Invoke(cancellationToken) ?? Task.CompletedTask);
        var held = left ? await HoldAsync(side, mark, cancellationToken) : 0;
        var entry = new JournalEntry(MoveStore.ReopenedEntry, time.GetUtcNow(), null, null, mark?.Move);
        await (side.Journal?.AppendAsync([entry], cancellationToken) ?? Task.CompletedTask);

        // The id stays: the same move may be called again, and finds what it has copied.
        var reopened = (mark ?? new StoreMark("unknown", MarkState.Moved, "another store", default)) with
        {
            State = MarkState.Reopened,
            At = time.GetUtcNow(),
        };
        await StoreMarks.WriteAsync(side.Tables, reopened, cancellationToken);
        return new ReopenedStore(mark, null, held);
    }

    /// <summary>True if the journal says that its store was moved and not put back since.</summary>
    internal static async Task<bool> WasMovedAsync(IStoreJournal? journal, CancellationToken cancellationToken) =>
        journal is not null && (await journal.ReadAsync(0, cancellationToken))
            .LastOrDefault(entry => entry.Kind is MoveStore.MovedEntry or MoveStore.ReopenedEntry)?.Kind == MoveStore.MovedEntry;

    private async Task<int> HoldAsync(StoreSide side, StoreMark? mark, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();

        // Its number is beyond those of a journal, whose spans stand in the same place.
        var hold = await new RestoreHolds(side.Tables).AddAsync(new RestoreHold(now.UtcTicks, mark?.At, now, now), cancellationToken);
        var runs = new RunStore(side.Tables);
        var steer = new SteerRun(side.Tables, side.Queues, runs, time, NullLogger<SteerRun>.Instance);
        var held = 0;
        foreach (var run in (await runs.ListOpenAsync(now, cancellationToken, DaysBack)).Where(run => hold.Covers(run.Due)))
        {
            held += await steer.HoldAsync(run, cancellationToken) ? 1 : 0;
        }

        return held;
    }
}
