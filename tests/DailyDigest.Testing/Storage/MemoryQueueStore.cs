using System.Globalization;
using DailyDigest.Storage;

namespace DailyDigest.Testing.Storage;

/// <summary>The queues in memory; leases and delays run by the test's time.</summary>
public sealed class MemoryQueueStore(TimeProvider time) : IQueueStore
{
    private readonly Lock gate = new();
    private readonly List<Message> messages = [];
    private long lastId;

    /// <summary>How many messages there are in all queues, visible or not.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return messages.Count;
            }
        }
    }

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task EnqueueAsync(string queue, string body, TimeSpan delay, CancellationToken cancellationToken)
    {
        TableRules.CheckQueue(queue);
        TableRules.CheckMessage(body, delay);
        await Task.CompletedTask;
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            messages.Add(new Message(queue, NewId(), body) { VisibleAt = time.GetUtcNow() + delay });
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken)
    {
        TableRules.CheckQueue(queue);
        TableRules.CheckReceive(max, lease);
        await Task.CompletedTask;
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            var now = time.GetUtcNow();
            var taken = messages.Where(m => m.Queue == queue && m.VisibleAt <= now).OrderBy(m => m.VisibleAt).Take(max).ToList();
            foreach (var message in taken)
            {
                message.VisibleAt = now + lease;
                message.Receipt = NewId();
                message.Receptions++;
            }

            return [.. taken.Select(m => new QueueMessage(m.Queue, m.Id, m.Receipt!, m.Body, m.Receptions))];
        }
    }

    /// <inheritdoc/>
    public async Task<bool> CompleteAsync(QueueMessage message, CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            return Find(message) is { } found && messages.Remove(found);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> AbandonAsync(QueueMessage message, TimeSpan delay, CancellationToken cancellationToken)
    {
        TableRules.CheckMessage(message.Body, delay);
        await Task.CompletedTask;
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            if (Find(message) is not { } found)
            {
                return false;
            }

            found.Receipt = null;
            found.VisibleAt = time.GetUtcNow() + delay;
            return true;
        }
    }

    private Message? Find(QueueMessage message) => messages.Find(m => m.Id == message.Id && m.Receipt == message.Receipt);

    private string NewId() => (++lastId).ToString(CultureInfo.InvariantCulture);

    private sealed class Message(string queue, string id, string body)
    {
        public string Queue { get; } = queue;

        public string Id { get; } = id;

        public string Body { get; } = body;

        public DateTimeOffset VisibleAt { get; set; }

        public string? Receipt { get; set; }

        public int Receptions { get; set; }
    }
}
