using DailyDigest.Storage;

namespace DailyDigest.Testing.Storage;

/// <summary>A table store whose calls fail as <paramref name="plan"/> says and are recorded there.</summary>
public sealed class FaultTableStore(ITableStore store, FaultPlan plan) : ITableStore
{
    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken) => plan.RunAsync("Prepare", "", "", async () =>
    {
        await store.PrepareAsync(cancellationToken);
        return true;
    });

    /// <inheritdoc/>
    public Task<TableRow?> GetAsync(string table, string partition, string row, CancellationToken cancellationToken) =>
        plan.RunAsync("Get", table, partition, () => store.GetAsync(table, partition, row, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<TableRow>> QueryAsync(
        string table, string partition, RowRange range, int take, CancellationToken cancellationToken) =>
        plan.RunAsync("Query", table, partition, () => store.QueryAsync(table, partition, range, take, cancellationToken));

    /// <inheritdoc/>
    public Task<WriteResult> WriteAsync(
        string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken) =>
        plan.RunAsync("Write", table, partition, () => store.WriteAsync(table, partition, writes, cancellationToken));
}

/// <summary>A queue store whose calls fail as <paramref name="plan"/> says and are recorded there.</summary>
public sealed class FaultQueueStore(IQueueStore store, FaultPlan plan) : IQueueStore
{
    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken) => plan.RunAsync("Prepare", "", "", async () =>
    {
        await store.PrepareAsync(cancellationToken);
        return true;
    });

    /// <inheritdoc/>
    public Task EnqueueAsync(string queue, string body, TimeSpan delay, CancellationToken cancellationToken) =>
        plan.RunAsync("Enqueue", queue, "", async () =>
        {
            await store.EnqueueAsync(queue, body, delay, cancellationToken);
            return true;
        });

    /// <inheritdoc/>
    public Task<IReadOnlyList<QueueMessage>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken) =>
        plan.RunAsync("Receive", queue, "", () => store.ReceiveAsync(queue, max, lease, cancellationToken));

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(QueueMessage message, CancellationToken cancellationToken) =>
        plan.RunAsync("Complete", message.Queue, "", () => store.CompleteAsync(message, cancellationToken));

    /// <inheritdoc/>
    public Task<bool> AbandonAsync(QueueMessage message, TimeSpan delay, CancellationToken cancellationToken) =>
        plan.RunAsync("Abandon", message.Queue, "", () => store.AbandonAsync(message, delay, cancellationToken));
}
