using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Settings;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Sending;

/// <summary>The report of a sender.</summary>
/// <param name="Work">The message.</param>
/// <param name="Result">The relay's answer; null if the message was not begun, or was cut off.</param>
/// <param name="CutOff">True if it was cut off because the worker had to stop: it is not known whether it arrived.</param>
internal sealed record Answer(Work Work, SendResult? Result, bool CutOff);

/// <summary>
/// The senders of a part, one per connection, each on a thread of its own. A sender first waits for a connection and for the relay's
/// limits, and only then takes a message. So a sender that waits for the relay holds back no message that another could send, and has
/// begun nothing.
/// </summary>
internal sealed partial class PartSenders(
    PartLease lease, DigestMails mails, IMailTransport transport, int count, TimeSpan budget, TimeProvider time, ILogger logger)
{
    private static readonly SendResult NoAddress =
        new(SendOutcome.Rejected, "not an address that mail can be sent to", RefusalReasons.NoSuchUser);

    private readonly JobQueue jobs = new();
    private readonly long start = time.GetTimestamp();
    private volatile bool begin = true;

    /// <summary>One answer for each message that was posted.</summary>
    public AnswerQueue Answers { get; } = new(time);

    /// <summary>
    /// False once the budget is used up: no message is begun any more, even if its attempt is committed, because the relay may take minutes
    /// to answer.
    /// </summary>
    public bool HasTime => time.GetElapsedTime(start) < budget;

    /// <summary>Hands over a message whose attempt is committed.</summary>
    public void Post(Work job) => jobs.Add(job);

    /// <summary>From now on messages are answered as not begun.</summary>
    public void BeginNothing() => begin = false;

    /// <summary>Call when nothing more will be posted.</summary>
    public void End()
    {
        begin = false;
        jobs.End();
    }

    /// <summary>Sends until the end.</summary>
    /// <param name="halt">Ends the wait for the relay.</param>
    /// <param name="cut">Cuts off the messages being sent.</param>
    public Task RunAsync(CancellationToken halt, CancellationToken cut) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => SenderThread.RunAsync(() => Live(halt, cut))));

    private void Live(CancellationToken halt, CancellationToken cut)
    {
        try
        {
            Send(halt, cut);
        }
        catch (Exception exception)
        {
            // Otherwise the part would wait for an answer that never comes, and renew its lease for ever. Messages being sent are in doubt,
            // as after a crash.
            Answers.Fail(exception);
        }
    }

    private void Send(CancellationToken halt, CancellationToken cut)
    {
        var session = transport.OpenSession();
        try
        {
            while (jobs.Wait())
            {
                var (ready, trouble) = MayBegin(cut) ? SenderThread.Wait(ReadyAsync(session, halt)) : (false, null);
                if (!jobs.TryTake(out var job))
                {
                    session.Rest();
                    continue;
                }

                Answers.Add(ready && MayBegin(cut) ? SenderThread.Wait(SendAsync(session, job, cut)) : new Answer(job, trouble, false));
            }
        }
        finally
        {
            session.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private bool MayBegin(CancellationToken cut) => begin && !cut.IsCancellationRequested && HasTime && lease.MayBegin;

    /// <summary>Waits until a message may begin. Returns why it may not, or nothing if the wait was cancelled.</summary>
    private async ValueTask<(bool Ready, SendResult? Trouble)> ReadyAsync(IMailSession session, CancellationToken halt)
    {
        try
        {
            var trouble = await session.ReadyAsync(halt);
            return (trouble is null, trouble);
        }
        catch (OperationCanceledException) when (halt.IsCancellationRequested)
        {
            return (false, null);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.NotReady(logger, lease.Part.ToString(), exception);
            return (false, new SendResult(SendOutcome.RelayRefused, "internal error: " + exception.GetType().Name));
        }
    }

    private async ValueTask<Answer> SendAsync(IMailSession session, Work job, CancellationToken cut)
    {
        var began = time.GetTimestamp();
        DigestMail? mail;
        try
        {
            mail = mails.For(job.Entry!, job.Variant!, job.Row!.Copies);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Nothing was begun, so nothing is in doubt, and it says nothing about the relay.
            Log.NotBuilt(logger, lease.Part.ToString(), job.Row!.SubscriberId, exception.GetType().Name);
            return new Answer(job, new SendResult(SendOutcome.Deferred, "internal error: " + exception.GetType().Name), false);
        }

        try
        {
            return new Answer(job, mail is null ? NoAddress : await session.SendAsync(mail, cut), false);
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            return new Answer(job, null, true);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A transport that throws is a defect of ours: this one message is in doubt, the others continue.
            Log.SendFailed(logger, lease.Part.ToString(), job.Row!.SubscriberId, exception.GetType().Name);
            return new Answer(job, new SendResult(SendOutcome.Unknown, "internal error: " + exception.GetType().Name), false);
        }
        finally
        {
            Telemetry.SendSeconds.Record(time.GetElapsedTime(began).TotalSeconds);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(302, LogLevel.Error,
            "Part {Part}: sending to subscriber {Subscriber} failed with {Exception}; the delivery is in doubt")]
        public static partial void SendFailed(ILogger logger, string part, string subscriber, string exception);

        [LoggerMessage(304, LogLevel.Error,
            "Part {Part}: the mail to subscriber {Subscriber} could not be built ({Exception}); it is retried later")]
        public static partial void NotBuilt(ILogger logger, string part, string subscriber, string exception);

        [LoggerMessage(303, LogLevel.Error,
            "Part {Part}: the connection to the relay could not be prepared; the part waits and tries again")]
        public static partial void NotReady(ILogger logger, string part, Exception exception);
    }
}
