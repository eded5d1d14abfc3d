using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace DailyDigest.Sending;

/// <summary>The senders' answers. The reader is woken once for as many as it waits for, and not for each of them.</summary>
internal sealed class AnswerQueue(TimeProvider time)
{
    private readonly Queue<Answer> answers = new();
    private TaskCompletionSource? reader;
    private int wanted;
    private Exception? failure;

    /// <summary>Adds an answer.</summary>
    public void Add(Answer answer)
    {
        TaskCompletionSource? woken;
        lock (answers)
        {
            answers.Enqueue(answer);
            woken = answers.Count >= wanted ? reader : null;
        }

        woken?.TrySetResult();
    }

    /// <summary>A sender has failed: some answer will never come.</summary>
    public void Fail(Exception exception)
    {
        TaskCompletionSource? woken;
        lock (answers)
        {
            failure ??= exception;
            woken = reader;
        }

        woken?.TrySetResult();
    }

    /// <summary>Takes an answer if there is one.</summary>
    public bool TryTake([NotNullWhen(true)] out Answer? answer)
    {
        lock (answers)
        {
            return answers.TryDequeue(out answer);
        }
    }

    /// <summary>
    /// Waits for so many answers, and returns false if they did not come within the timeout or before <paramref name="stop"/>. One reader
    /// may wait at a time.
    /// </summary>
    /// <exception cref="Exception">A sender has failed, and all answers that came were taken.</exception>
    public async Task<bool> WaitAsync(int count, TimeSpan timeout, CancellationToken stop)
    {
        TaskCompletionSource waiter;
        lock (answers)
        {
            if (answers.Count >= count || failure is not null)
            {
                return answers.Count > 0 || Failed();
            }

            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (reader, wanted) = (waiter, count);
        }

        try
        {
            await waiter.Task.WaitAsync(timeout, time, stop);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
        finally
        {
            lock (answers)
            {
                reader = null;
            }
        }

        lock (answers)
        {
            return answers.Count > 0 || Failed();
        }
    }

    private bool Failed()
    {
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return false;
    }
}
