namespace DailyDigest.Storage;

/// <summary>
/// Hints that there is work, as Azure Storage queues give them: at least once, in no promised order. Nothing is true because a message
/// says so; what is true stands in the tables. Delays and leases may be rounded up to whole seconds. Adapters: SQLite, Azure, and memory in the tests.
/// </summary>
public interface IQueueStore
{
    /// <summary>Creates the queues of <see cref="Queues.All"/> that are missing.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Adds a message that becomes visible after <paramref name="delay"/> (0 to 7 days). At most 48 KiB of UTF-8.</summary>
    Task EnqueueAsync(string queue, string body, TimeSpan delay, CancellationToken cancellationToken);

    /// <summary>Takes up to <paramref name="max"/> (1 to 32) visible messages and hides each for <paramref name="lease"/> (1 second to 7 days). Empty when there is none.</summary>
    Task<IReadOnlyList<QueueMessage>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Removes a received message. Returns false, and removes nothing, if its lease ran out and it was received again.</summary>
    Task<bool> CompleteAsync(QueueMessage message, CancellationToken cancellationToken);

    /// <summary>Gives a received message back, visible after <paramref name="delay"/>. Returns false if its lease ran out and it was received again.</summary>
    Task<bool> AbandonAsync(QueueMessage message, TimeSpan delay, CancellationToken cancellationToken);
}

/// <summary>A message as received.</summary>
/// <param name="Queue">The queue it came from.</param>
/// <param name="Id">The message, for its life.</param>
/// <param name="Receipt">This reception; a later one makes it stale.</param>
/// <param name="Body">The text.</param>
/// <param name="Receptions">How often it was received, this time included.</param>
public sealed record QueueMessage(string Queue, string Id, string Receipt, string Body, int Receptions);

/// <summary>The names of all queues (Azure's rule: lower case, digits, hyphens).</summary>
public static class Queues
{
    /// <summary>Parts of runs to deliver.</summary>
    public const string Deliver = "deliver";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [Deliver];
}
