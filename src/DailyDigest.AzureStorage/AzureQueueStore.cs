using Azure;
using Azure.Storage.Queues;
using DailyDigest.Storage;

namespace DailyDigest.AzureStorage;

/// <summary>
/// The queues in an Azure Storage account, bodies in base64 as Azure Functions expect them. Delays and leases are rounded up to whole
/// seconds, the service's grain. A reply that was lost can double an enqueued message, hide a received one until its lease ends, and
/// make a completion look stale; messages are hints, so none of it matters.
/// </summary>
public sealed class AzureQueueStore(QueueServiceClient service, AzureStorageOptions options) : IQueueStore
{
    private static readonly TimeSpan ForEver = TimeSpan.FromSeconds(-1);

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken) => AskAsync("create the queues", async () =>
    {
        foreach (var queue in Queues.All)
        {
            await Client(queue).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }

        return true;
    }, cancellationToken);

    /// <inheritdoc/>
    public Task EnqueueAsync(string queue, string body, TimeSpan delay, CancellationToken cancellationToken)
    {
        TableRules.CheckQueue(queue);
        TableRules.CheckMessage(body, delay);
        return AskAsync($"enqueue to {queue}", async () =>
        {
            await Client(queue).SendMessageAsync(body, Seconds(delay), ForEver, cancellationToken);
            return true;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<QueueMessage>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken)
    {
        TableRules.CheckQueue(queue);
        TableRules.CheckReceive(max, lease);
        return AskAsync<IReadOnlyList<QueueMessage>>($"receive from {queue}", async () =>
        {
            Azure.Storage.Queues.Models.QueueMessage[] messages =
                await Client(queue).ReceiveMessagesAsync(max, Seconds(lease), cancellationToken);
            return [.. messages.Select(message => new QueueMessage(
                queue, message.MessageId, message.PopReceipt, message.Body.ToString(), (int)message.DequeueCount))];
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(QueueMessage message, CancellationToken cancellationToken) =>
        AskAsync($"complete a message of {message.Queue}", async () =>
        {
            await Client(message.Queue).DeleteMessageAsync(message.Id, message.Receipt, cancellationToken);
            return true;
        }, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> AbandonAsync(QueueMessage message, TimeSpan delay, CancellationToken cancellationToken)
    {
        TableRules.CheckMessage(message.Body, delay);
        return AskAsync($"give back a message of {message.Queue}", async () =>
        {
            await Client(message.Queue).UpdateMessageAsync(message.Id, message.Receipt, message.Body, Seconds(delay), cancellationToken);
            return true;
        }, cancellationToken);
    }

    private static TimeSpan Seconds(TimeSpan span) => TimeSpan.FromSeconds(Math.Ceiling(span.TotalSeconds));

    private static async Task<T> AskAsync<T>(string operation, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (RequestFailedException error) when (typeof(T) == typeof(bool) && AzureErrors.IsStale(error))
        {
            return default!;
        }
        catch (Exception error) when (AzureErrors.IsOutage(error, cancellationToken))
        {
            throw AzureErrors.Explain(error, operation);
        }
    }

    private QueueClient Client(string queue) =>
        service.GetQueueClient(options.TablePrefix == "" ? queue : $"{options.TablePrefix.ToLowerInvariant()}-{queue}");
}
