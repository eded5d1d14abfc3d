using DailyDigest.Storage;

namespace DailyDigest.Moving;

/// <summary>The begin of a move, or why there is none.</summary>
/// <param name="Refusal">The obstacle and the remedy; null if there is none.</param>
/// <param name="Mark">The source's mark; null if refused.</param>
/// <param name="Resumed">True if an earlier call began it.</param>
/// <param name="Ended">True if an earlier call ended it.</param>
internal sealed record BegunMove(string? Refusal, StoreMark? Mark, bool Resumed = false, bool Ended = false);

/// <summary>Checks both stores, and marks them. A call that was interrupted anywhere is recognised by the marks and taken up.</summary>
internal sealed class BeginMove(StoreSide source, StoreSide destination, TimeProvider time)
{
    /// <summary>Returns a refusal without a change, or marks both sides.</summary>
    public async Task<BegunMove> ExecuteAsync(bool live, CancellationToken cancellationToken)
    {
        var known = await StoreMarks.ReadAsync(source.Tables, cancellationToken);
        var there = await StoreMarks.ReadAsync(destination.Tables, cancellationToken);
        if (SourceRefusal(known) is { } busy)
        {
            return Refused(busy);
        }

        var ours = known is { State: MarkState.Copying or MarkState.Closed or MarkState.Moved or MarkState.Reopened }
            && known.Other == destination.Name;
        if (ours && known!.State == MarkState.Moved && there is { State: MarkState.Received } && there.Move == known.Move)
        {
            return new BegunMove(null, known, Resumed: true, Ended: true);
        }

        var resumed = ours && there is { State: MarkState.Receiving } && there.Move == known!.Move;
        if (!resumed && (there is { State: MarkState.Receiving } ? TakenRefusal(there) : await FilledAsync(cancellationToken)) is { } taken)
        {
            return Refused(taken);
        }

        if (await UnreadableAsync(known, cancellationToken) is { } unreadable)
        {
            return Refused(unreadable);
        }

        if (await ServedAsync(live, known, cancellationToken) is { } served)
        {
            return Refused(served);
        }

        var mark = !ours || (known!.State == MarkState.Reopened && !resumed)
            ? new StoreMark(Guid.NewGuid().ToString("n"), MarkState.Copying, destination.Name, time.GetUtcNow())
            : known.State == MarkState.Reopened ? known with { State = MarkState.Copying, At = time.GetUtcNow() }
            : known;
        return await MarkAsync(mark, mark == known, resumed, there, cancellationToken)
            ? new BegunMove(null, mark, resumed)
            : Refused($"{destination.Name} was taken by another move just now: name another destination.");
    }

    private static BegunMove Refused(string why) => new(why, null);

    private string? SourceRefusal(StoreMark? mark) => mark switch
    {
        { State: MarkState.Receiving } =>
            $"{source.Name} is itself the destination of a move from {mark.Other} that has not ended: end that move first.",
        { State: MarkState.Moved or MarkState.Closed } when mark.Other != destination.Name =>
            $"{source.Name} {(mark.State == MarkState.Moved ? "was" : "is being")} moved to {mark.Other}: "
            + $"{(mark.State == MarkState.Moved ? "move from there" : "call that move again to end it")}. To give that up, put "
            + $"{source.Name} back with move --reopen.",
        _ => null,
    };

    private string TakenRefusal(StoreMark mark) =>
        $"{destination.Name} holds a part of {mark.Other}, of a move that has not ended: call that move again, or name another "
        + "destination.";

    /// <summary>The tables of the destination that have rows already.</summary>
    private async Task<string?> FilledAsync(CancellationToken cancellationToken)
    {
        var filled = new List<string>();
        foreach (var table in (await destination.Contents.ListTablesAsync(cancellationToken)).Order(StringComparer.Ordinal))
        {
            if (!Tables.All.Contains(table) ? destination.HoldsNothingElse
                : await CopyStore.HasRowsAsync(destination, table, cancellationToken))
            {
                filled.Add(table);
            }
        }

        return filled.Count == 0 ? null
            : $"{destination.Name} is not empty: it has rows in {string.Join(", ", filled)}. Move into a new file, a new account or "
                + "another Storage__Azure__TablePrefix. Otherwise stop what serves it, and delete the file or the tables.";
    }

    private async Task<string?> UnreadableAsync(StoreMark? mark, CancellationToken cancellationToken)
    {
        var unknown = (await source.Contents.ListTablesAsync(cancellationToken)).Where(table => !Tables.All.Contains(table)).ToList();
        if (unknown.Count > 0 && source.HoldsNothingElse)
        {
            return $"{source.Name} has rows in a table that this version does not know: {string.Join(", ", unknown)}. A newer version "
                + "wrote them: move with that version.";
        }

        return mark?.Refusal is null && source.Journal is { } journal && await journal.FindGapAsync(cancellationToken) is { } gap
            ? $"{source.Name} lacks what was written until {gap.Until.UtcDateTime:yyyy-MM-dd HH:mm} UTC, as its journal says: run status "
                + "once, which takes that up; then move."
            : null;
    }

    private async Task<string?> ServedAsync(bool live, StoreMark? mark, CancellationToken cancellationToken)
    {
        if (await FindServing.ExecuteAsync(destination.Tables, cancellationToken) is { } other)
        {
            return $"{destination.Name} is in use by {other}: stop it, then move.";
        }

        return !live && mark?.Refusal is null && await FindServing.ExecuteAsync(source.Tables, cancellationToken) is { } serving
            ? $"{source.Name} is in use by {serving}: stop it, then move; or move --live, which copies meanwhile and asks for the stop "
                + "later."
            : null;
    }

    /// <summary>
    /// The source first: a destination with a mark is always that of a source that knows it. False if another move was first.
    /// </summary>
    private async Task<bool> MarkAsync(
        StoreMark mark, bool known, bool resumed, StoreMark? there, CancellationToken cancellationToken)
    {
        if (!known)
        {
            await StoreMarks.WriteAsync(source.Tables, mark, cancellationToken);
        }

        var arriving = new StoreMark(mark.Move, MarkState.Receiving, source.Name, time.GetUtcNow());
        return resumed || await StoreMarks.WriteAsync(destination.Tables, arriving, cancellationToken, mustBeNew: there is null);
    }
}
