using DailyDigest.Storage;

namespace DailyDigest.Moving;

/// <summary>The part of a store in a move.</summary>
public enum MarkState
{
    /// <summary>The source, being copied while it may be served.</summary>
    Copying,

    /// <summary>The source, closed for the last pass: nobody may write to it.</summary>
    Closed,

    /// <summary>The source after the move.</summary>
    Moved,

    /// <summary>The source of a move that was given up: it may be served.</summary>
    Reopened,

    /// <summary>The destination before the move has ended.</summary>
    Receiving,

    /// <summary>The destination after the move.</summary>
    Received,
}

/// <summary>The mark that a move leaves in each of its two stores.</summary>
/// <param name="Move">The id of the move, the same on both sides.</param>
/// <param name="State">The part of the store in it.</param>
/// <param name="Other">The other store, as on the command line.</param>
/// <param name="At">When the state was reached.</param>
public sealed record StoreMark(string Move, MarkState State, string Other, DateTimeOffset At)
{
    /// <summary>Why the store must not be served or written, with advice for an operator; null if it may.</summary>
    public string? Refusal => State switch
    {
        MarkState.Moved =>
            $"This store was moved to {Other} on {At.UtcDateTime:yyyy-MM-dd HH:mm} UTC, and is not served any more: otherwise readers "
            + "would be mailed from both. Serve the other one. If it is given up, put this one back with move --reopen.",
        MarkState.Closed =>
            $"This store is closed, because it is being moved to {Other}. Let the move end, or call it again to go on. If it is given up, "
            + "put this store back with move --reopen.",
        MarkState.Receiving =>
            $"A move into this store from {Other} has not ended. Call it again to go on, then serve this store.",
        _ => null,
    };
}

/// <summary>The marks, as a row of table Facts. The partition is never copied.</summary>
internal static class StoreMarks
{
    /// <summary>The partition of the mark, and of what else a move keeps in a store.</summary>
    public const string Partition = "move";

    private const string Row = "mark";

    /// <summary>Reads the mark; null if the store was never part of a move.</summary>
    /// <exception cref="StorageException">The store failed, or the mark cannot be read.</exception>
    public static async Task<StoreMark?> ReadAsync(ITableStore tables, CancellationToken cancellationToken)
    {
        if (await tables.GetAsync(Tables.Facts, Partition, Row, cancellationToken) is not { } row)
        {
            return null;
        }

        return Enum.TryParse<MarkState>(row.Text("state"), ignoreCase: true, out var state) && Enum.IsDefined(state)
            && row.Text("move") is { Length: > 0 } move && row.Text("other") is { } other && row.Instant("at") is { } at
            ? new StoreMark(move, state, other, at)
            : throw new StorageException(
                "The mark of a move in this store cannot be read: a newer version may have written it. Use that version.");
    }

    /// <summary>Writes the mark. False if it must be new and another move was first.</summary>
    public static async Task<bool> WriteAsync(
        ITableStore tables, StoreMark mark, CancellationToken cancellationToken, bool mustBeNew = false)
    {
        var row = new TableRow(Row)
        {
            { "move", mark.Move }, { "state", mark.State.ToString() }, { "other", mark.Other }, { "at", mark.At },
        };
        return (await tables.WriteAsync(
            Tables.Facts, Partition, mustBeNew ? TableWrite.Insert(row) : TableWrite.Upsert(row), cancellationToken)).IsDone
            || await ReadAsync(tables, cancellationToken) == mark;
    }
}
