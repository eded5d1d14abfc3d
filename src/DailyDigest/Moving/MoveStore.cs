using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Moving;

/// <summary>The result of a move.</summary>
/// <param name="Refusal">The obstacle and the remedy, with nothing changed; null if it was moved.</param>
/// <param name="Resumed">True if an earlier call began it.</param>
/// <param name="Tables">Rows and hash of both sides; empty if refused, or if an earlier call ended it.</param>
public sealed record MovedStore(string? Refusal, bool Resumed, IReadOnlyList<CopiedTable> Tables);

/// <summary>
/// Moves everything from one store to an empty one. Interrupted anywhere, the same call goes on. The source is closed before the last pass:
/// no process can write to it any more, so both sides are the same when the destination may be served.
/// </summary>
public sealed class MoveStore(TimeProvider time)
{
    /// <summary>The word of the journal that says that its store was moved.</summary>
    internal const string MovedEntry = "store-moved";

    /// <summary>The word of the journal that says that its store was put back.</summary>
    internal const string ReopenedEntry = "store-reopened";

    private const int MaxLivePasses = 5;
    private const long FewRows = 1_000;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    /// <summary>Moves.</summary>
    /// <param name="source">The store to move.</param>
    /// <param name="destination">An empty store, or the one of an earlier call.</param>
    /// <param name="live">True to copy while the source is served; the last pass waits until nobody serves it.</param>
    /// <param name="say">Receives progress, a line each.</param>
    /// <param name="cancellationToken">Stops it; call it again to go on.</param>
    /// <exception cref="StorageException">A store failed, or holds what cannot be moved. Call it again to go on.</exception>
    public async Task<MovedStore> ExecuteAsync(
        StoreSide source, StoreSide destination, bool live, Func<string, Task> say, CancellationToken cancellationToken)
    {
        await source.Tables.PrepareAsync(cancellationToken);
        await destination.Tables.PrepareAsync(cancellationToken);
        var begun = await new BeginMove(source, destination, time).ExecuteAsync(live, cancellationToken);
        if (begun.Refusal is not null || begun.Ended)
        {
            return new MovedStore(begun.Refusal, begun.Resumed, []);
        }

        var watch = new MoveWatch(destination, say, time);
        if (await watch.TakeAsync(cancellationToken) is { } other)
        {
            return new MovedStore($"This move is under way: {other} does it.", begun.Resumed, []);
        }

        var copy = new CopyStore(source, destination, watch);
        if (begun.Mark!.State == MarkState.Copying)
        {
            await CopyFirstAsync(source, copy, live, watch, cancellationToken);
        }

        await CloseAsync(source, begun.Mark, watch, cancellationToken);
        var tables = await copy.ExecuteAsync(cancellationToken);
        await copy.CheckSourceAsync(cancellationToken);
        await FinishAsync(source, destination, begun.Mark);
        await watch.LeaveAsync();
        return new MovedStore(null, begun.Resumed, tables);
    }

    /// <summary>
    /// Copies before the source is closed: a row that cannot be copied can still be corrected there. While it is served, passes follow
    /// until little is left to do, so that the stop is short.
    /// </summary>
    private async Task CopyFirstAsync(StoreSide source, CopyStore copy, bool live, MoveWatch watch, CancellationToken cancellationToken)
    {
        for (var pass = 1; pass <= MaxLivePasses; pass++)
        {
            await watch.SayAsync($"Pass {pass}{(live ? $", while {source.Name} may be served" : "")}.");
            if ((await copy.ExecuteAsync(cancellationToken)).Sum(table => table.Written) <= FewRows || !live)
            {
                break;
            }
        }

        if (live && await FindServing.ExecuteAsync(source.Tables, cancellationToken) is { } serving)
        {
            await watch.SayAsync(
                $"Now stop what serves {source.Name} ({serving}): the last pass follows by itself. Do not start it again.");
            await WaitUntilUnusedAsync(source, cancellationToken);
        }
    }

    /// <summary>
    /// Closes the source. A process that began to serve it before it could read the mark stops within half a minute, and is waited for. An
    /// owner of a part that nobody sees, because it sleeps, loses the part: its next write meets another sequence.
    /// </summary>
    private async Task CloseAsync(StoreSide source, StoreMark mark, MoveWatch watch, CancellationToken cancellationToken)
    {
        if (mark.State == MarkState.Copying)
        {
            await StoreMarks.WriteAsync(
                source.Tables, mark with { State = MarkState.Closed, At = time.GetUtcNow() }, cancellationToken);
        }

        if (await FindServing.ExecuteAsync(source.Tables, cancellationToken) is { } serving)
        {
            await watch.SayAsync($"{source.Name} is in use by {serving}: it stops within a minute, or stop it.");
            await WaitUntilUnusedAsync(source, cancellationToken);
        }

        await (source.CloseAsync?.Invoke(cancellationToken) ?? FenceOwners.ExecuteAsync(source, cancellationToken));
        await watch.SayAsync($"{source.Name} is closed: nobody writes to it any more. The last pass begins.");
    }

    private async Task WaitUntilUnusedAsync(StoreSide source, CancellationToken cancellationToken)
    {
        while (await FindServing.ExecuteAsync(source.Tables, cancellationToken) is not null)
        {
            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    /// <summary>The source first: never may both be served. The journal knows it too, for a copy of before that is put back.</summary>
    private async Task FinishAsync(StoreSide source, StoreSide destination, StoreMark mark)
    {
        var now = time.GetUtcNow();
        await (source.Journal?.AppendAsync([new JournalEntry(MovedEntry, now, null, null, mark.Move)], CancellationToken.None)
            ?? Task.CompletedTask);
        await StoreMarks.WriteAsync(source.Tables, mark with { State = MarkState.Moved, At = now }, CancellationToken.None);
        await StoreMarks.WriteAsync(
            destination.Tables, new StoreMark(mark.Move, MarkState.Received, source.Name, now), CancellationToken.None);
    }
}
