using Azure.Storage.Queues;

namespace DailyDigest.Functions.Tests.TestHost;

/// <summary>
/// The host's part of a queue trigger: it takes messages, invokes the function with each, and deletes those that ended well.
/// </summary>
internal sealed class QueueListener(string connectionString, string queueName)
{
    private readonly QueueClient queue = new(
        connectionString, queueName, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });

    /// <summary>Puts a message into the queue.</summary>
    public Task AddAsync(string message, CancellationToken cancellationToken) => queue.SendMessageAsync(message, cancellationToken);

    /// <summary>The messages that are visible now, 32 at most; they stay in the queue.</summary>
    public async Task<IReadOnlyList<string>> PeekAsync(CancellationToken cancellationToken) =>
        [.. (await queue.PeekMessagesAsync(32, cancellationToken)).Value.Select(message => message.Body.ToString())];

    /// <summary>
    /// Works off what is visible in the queue, up to six messages at once as host.json says, and returns how many there were. It ends when
    /// nothing is visible, or after so many rounds.
    /// </summary>
    /// <param name="worker">The worker that is invoked.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="maxRounds">The most rounds.</param>
    /// <param name="returnsFailed">
    /// True to make a message visible again at once if its function failed. The host does so after a while, or the queue itself if the host
    /// has gone.
    /// </param>
    public async Task<int> DrainAsync(
        FunctionsWorker worker, CancellationToken cancellationToken, int maxRounds = int.MaxValue, bool returnsFailed = false)
    {
        var function = worker.Functions.Single(one => one.QueueName == queueName).Name;
        var count = 0;
        for (var round = 0; round < maxRounds; round++)
        {
            var messages = (await queue.ReceiveMessagesAsync(6, TimeSpan.FromMinutes(10), cancellationToken)).Value;
            if (messages.Length == 0)
            {
                return count;
            }

            await Task.WhenAll(messages.Select(async message =>
            {
                try
                {
                    await worker.QueueAsync(function, message.Body.ToString(), cancellationToken);
                }
                catch (Exception e) when (returnsFailed && (e is WorkerGoneException or InvalidOperationException))
                {
                    await queue.UpdateMessageAsync(
                        message.MessageId, message.PopReceipt, visibilityTimeout: TimeSpan.Zero, cancellationToken: cancellationToken);
                    throw;
                }

                await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellationToken);
            }));
            count += messages.Length;
        }

        return count;
    }
}
