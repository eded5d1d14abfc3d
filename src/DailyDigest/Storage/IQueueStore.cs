namespace DailyDigest.Storage;

/// <summary>
/// Hints that there is work, as Azure Storage queues provide them: delivered at least once, in any order. A message is no fact; the tables
/// hold the facts. Delays and leases may be rounded up to whole seconds. Adapters: SQLite, Azure, and memory in the tests.
/// </summary>
public interface IQueueStore
{
    /// <summary>Creates the missing queues of <see cref="Queues.All"/>.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Adds a message that becomes visible after <paramref name="delay"/> (0 to 7 days). At most 48 KiB of UTF-8.</summary>
    Task EnqueueAsync(string queue, string body, TimeSpan delay, CancellationToken cancellationToken);

    /// <summary>
    /// Receives up to <paramref name="max"/> (1 to 32) visible messages and hides each for <paramref name="lease"/> (1 second to 7 days).
    /// Returns an empty list if there is none.
    /// </summary>
    Task<IReadOnlyList<QueueMessage>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Removes a received message. Returns false, without a change, if its lease expired and it was received again.</summary>
    Task<bool> CompleteAsync(QueueMessage message, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a received message visible again after <paramref name="delay"/>. Returns false if its lease expired and it was received again.
    /// </summary>
    Task<bool> AbandonAsync(QueueMessage message, TimeSpan delay, CancellationToken cancellationToken);
}

/// <summary>A message as received.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Id">The id of the message.</param>
/// <param name="Receipt">The id of this reception. A later reception makes it invalid.</param>
/// <param name="Body">The text.</param>
/// <param name="Receptions">Number of receptions, this one included.</param>
public sealed record QueueMessage(string Queue, string Id, string Receipt, string Body, int Receptions);

/// <summary>The names of all queues (Azure's rule: lower case, digits, hyphens).</summary>
public static class Queues
{
    /// <summary>Parts of runs to deliver.</summary>
    public const string Deliver = "deliver";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [Deliver];
}
