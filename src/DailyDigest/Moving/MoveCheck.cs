using DailyDigest.Storage;

namespace DailyDigest.Moving;

/// <summary>Refuses a store that was moved, is being moved, or holds only a part of a move. Every start asks.</summary>
public sealed class MoveCheck(ITableStore tables, IStoreJournal? journal = null)
{
    /// <summary>Returns if the store may be used.</summary>
    /// <exception cref="StorageException">It must not be; the message says what to do.</exception>
    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        if (await StoreMarks.ReadAsync(tables, cancellationToken) is { Refusal: { } why })
        {
            throw new StorageException(why) { IsRefusal = true };
        }

        // The mark is not in a copy of before the move. The journal has it.
        if (journal is not null && await journal.FindGapAsync(cancellationToken) is not null
            && await ReopenStore.WasMovedAsync(journal, cancellationToken))
        {
            throw new StorageException(
                "This is a copy of a store that was moved since, as its journal says. Serve the store that it was moved to. If that one is "
                + "given up, put this one back with move --reopen.")
            { IsRefusal = true };
        }
    }
}
