using DailyDigest.Storage;

namespace DailyDigest.Moving;

/// <summary>One of the two stores of a move.</summary>
/// <param name="Name">As on the command line, such as <c>sqlite:FILE</c>; without a key.</param>
/// <param name="Tables">The tables.</param>
/// <param name="Contents">Its contents.</param>
/// <param name="Queues">The queues. Their messages are not moved: the sweep enqueues the hints anew.</param>
public sealed record StoreSide(string Name, ITableStore Tables, IStoreContents Contents, IQueueStore Queues)
{
    /// <summary>The journal of an embedded store; null if it has none.</summary>
    public IStoreJournal? Journal { get; init; }

    /// <summary>
    /// True if a table of an unknown name is this product's: a file holds nothing else. An account may hold tables of others.
    /// </summary>
    public bool HoldsNothingElse { get; init; }

    /// <summary>Lets the store refuse each write but those of the move, also those of programs that run now; null if it cannot.</summary>
    public Func<CancellationToken, Task>? CloseAsync { get; init; }

    /// <summary>Lets the store take writes again; null if it cannot refuse them.</summary>
    public Func<CancellationToken, Task>? OpenAsync { get; init; }
}
