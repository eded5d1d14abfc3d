using System.Collections.Concurrent;
using System.Threading.Channels;
using DailyDigest.Functions.Tests.TestHost.Protocol;
using Grpc.Core;

namespace DailyDigest.Functions.Tests.TestHost;

/// <summary>The messages to and from one worker. Answers are matched by request id, those to invocations by invocation id.</summary>
internal sealed class WorkerChannel
{
    private readonly Channel<StreamingMessage> outgoing = Channel.CreateUnbounded<StreamingMessage>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> waiting = new();
    private readonly TaskCompletionSource connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<RpcLog> logs = new();

    /// <summary>Completes when the worker has sent its StartStream.</summary>
    public Task Connected => connected.Task;

    /// <summary>The lines the worker has logged so far.</summary>
    public IReadOnlyCollection<RpcLog> Logs => logs;

    /// <summary>Pumps messages both ways until the worker hangs up or dies.</summary>
    public async Task ServeAsync(
        IAsyncStreamReader<StreamingMessage> requests, IServerStreamWriter<StreamingMessage> responses, CancellationToken cancellationToken)
    {
        connected.TrySetResult();
        var sending = SendAllAsync(responses, cancellationToken);
        try
        {
            while (await requests.MoveNext(cancellationToken))
            {
                Receive(requests.Current);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The worker was killed. The code below fails the requests that wait for an answer.
        }

        outgoing.Writer.TryComplete();
        closed.TrySetResult();
        await sending;
    }

    /// <summary>Sends a message that has no answer.</summary>
    public void Post(StreamingMessage message) => outgoing.Writer.TryWrite(message);

    /// <summary>Sends a request and returns its answer.</summary>
    /// <exception cref="WorkerGoneException">The worker ended before it answered.</exception>
    /// <exception cref="TimeoutException">No answer within two minutes.</exception>
    public async Task<StreamingMessage> AskAsync(StreamingMessage message, CancellationToken cancellationToken)
    {
        var id = message.InvocationRequest?.InvocationId ?? (message.RequestId = Guid.NewGuid().ToString());
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting[id] = answer;
        Post(message);
        await Task.WhenAny(answer.Task, closed.Task).WaitAsync(TimeSpan.FromMinutes(2), cancellationToken);
        return answer.Task.IsCompleted ? await answer.Task : throw new WorkerGoneException();
    }

    private void Receive(StreamingMessage message)
    {
        if (message.RpcLog is { } log)
        {
            logs.Enqueue(log);
        }
        else if (waiting.TryRemove(message.InvocationResponse?.InvocationId ?? message.RequestId, out var answer))
        {
            answer.TrySetResult(message);
        }
    }

    private async Task SendAllAsync(IServerStreamWriter<StreamingMessage> responses, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var message in outgoing.Reader.ReadAllAsync(cancellationToken))
            {
                await responses.WriteAsync(message, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or InvalidOperationException or IOException)
        {
            // The stream has ended.
        }
    }
}

/// <summary>The worker ended before it answered.</summary>
internal sealed class WorkerGoneException() : Exception("The worker ended before it answered.");
