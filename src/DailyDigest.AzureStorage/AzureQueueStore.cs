using Azure;
using Azure.Storage.Queues;
using DailyDigest.Storage;

namespace DailyDigest.AzureStorage;

/// <summary>
/// The queues in an Azure Storage account. Bodies are in base64, as Azure Functions expect. Delays and leases are rounded up to whole
/// seconds, the resolution of the service. A lost reply can duplicate an enqueued message, hide a received one until its lease ends, or
/// make a completion look stale. Messages are hints, so this is harmless.
/// </summary>
internal sealed class AzureQueueStore(QueueServiceClient service, AzureStorageOptions options) : IQueueStore
{
    private static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken) => CallAsync("create the queues", async () =>
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
        return CallAsync($"enqueue to {queue}", async () =>
        {
            await Client(queue).SendMessageAsync(body, Seconds(delay), Forever, cancellationToken);
            return true;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<QueueMessage>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken)
    {
        TableRules.CheckQueue(queue);
        TableRules.CheckReceive(max, lease);
        return CallAsync<IReadOnlyList<QueueMessage>>($"receive from {queue}", async () =>
        {
            Azure.Storage.Queues.Models.QueueMessage[] messages =
                await Client(queue).ReceiveMessagesAsync(max, Seconds(lease), cancellationToken);
            return [.. messages.Select(message => new QueueMessage(
                queue, message.MessageId, message.PopReceipt, message.Body.ToString(), (int)message.DequeueCount))];
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(QueueMessage message, CancellationToken cancellationToken) =>
        CallAsync($"complete a message of {message.Queue}", async () =>
        {
            await Client(message.Queue).DeleteMessageAsync(message.Id, message.Receipt, cancellationToken);
            return true;
        }, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> AbandonAsync(QueueMessage message, TimeSpan delay, CancellationToken cancellationToken)
    {
        TableRules.CheckMessage(message.Body, delay);
        return CallAsync($"give back a message of {message.Queue}", async () =>
        {
            await Client(message.Queue).UpdateMessageAsync(message.Id, message.Receipt, message.Body, Seconds(delay), cancellationToken);
            return true;
        }, cancellationToken);
    }

    private static TimeSpan Seconds(TimeSpan span) => TimeSpan.FromSeconds(Math.Ceiling(span.TotalSeconds));

    private static async Task<T> CallAsync<T>(string operation, Func<Task<T>> call, CancellationToken cancellationToken)
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
