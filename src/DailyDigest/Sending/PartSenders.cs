using System.Threading.Channels;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Settings;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Sending;

/// <summary>What a sender reports.</summary>
/// <param name="Work">What it was given.</param>
/// <param name="Result">The relay's answer; null if the message was not begun, or was cut off.</param>
/// <param name="CutOff">True if it was cut off because the worker had to stop: nobody knows whether it arrived.</param>
internal sealed record Answer(Work Work, SendResult? Result, bool CutOff);

/// <summary>
/// The senders of a part, one per connection. Each makes its way out ready first (a connection, a slot, a token) and only then takes a message:
/// so whoever waits for the relay holds nothing back that another could send, and has begun nothing.
/// </summary>
internal sealed partial class PartSenders(Part part, DigestMails mails, IMailTransport transport, int count, TimeSpan budget, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly SendResult NoAddress = new(SendOutcome.Rejected, "not an address that mail can be sent to", RefusalReasons.NoSuchUser);

    private readonly Channel<Work> jobs = Channel.CreateUnbounded<Work>();
    private readonly Channel<Answer> answers = Channel.CreateUnbounded<Answer>();

    // One ticket per job, so that one job wakes one sender; a sender that is busy anyway takes a job together with its ticket.
    private readonly SemaphoreSlim tickets = new(0);
    private readonly long start = time.GetTimestamp();
    private volatile bool begin = true;
    private volatile bool ended;

    /// <summary>What became of the messages, one answer for each that was posted. Reading throws once a sender has died: some answer will never come.</summary>
    public ChannelReader<Answer> Answers => answers.Reader;

    /// <summary>False once the budget is used up: nothing is begun any more, though it was committed before, for the relay may take minutes to answer.</summary>
    public bool HasTime => time.GetElapsedTime(start) < budget;

    /// <summary>Hands over a message whose attempt is committed.</summary>
    public void Post(Work job)
    {
        jobs.Writer.TryWrite(job);
        tickets.Release();
    }

    /// <summary>From now on messages come back as not begun.</summary>
    public void BeginNothing() => begin = false;

    /// <summary>Nothing is posted any more.</summary>
    public void End()
    {
        begin = false;
        ended = true;
        tickets.Release(count);
    }

    /// <summary>Sends until the end.</summary>
    /// <param name="halt">Ends the wait for the relay.</param>
    /// <param name="cut">Cuts off what is on the wire.</param>
    public Task RunAsync(CancellationToken halt, CancellationToken cut) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => LiveAsync(halt, cut)));

    /// <summary>Call when <see cref="RunAsync"/> has returned.</summary>
    public void Dispose() => tickets.Dispose();

    private async Task LiveAsync(CancellationToken halt, CancellationToken cut)
    {
        try
        {
            await SendAsync(halt, cut);
        }
        catch (Exception exception)
        {
            // Else the part would wait for an answer that never comes, and renew its lease for ever. What is on the wire is in doubt, as after a crash.
            answers.Writer.TryComplete(exception);
        }
    }

    private async Task SendAsync(CancellationToken halt, CancellationToken cut)
    {
        await using var session = transport.OpenSession();
        while (!ended)
        {
            await tickets.WaitAsync(CancellationToken.None);
            while (jobs.Reader.Count > 0)
            {
                var (ready, trouble) = MayBegin(cut) ? await ReadyAsync(session, halt) : (false, null);
                if (!jobs.Reader.TryRead(out var job))
                {
                    session.Rest();
                    break;
                }

                answers.Writer.TryWrite(
                    ready && MayBegin(cut) ? await SendAsync(session, job, cut) : new Answer(job, trouble, false));
                if (jobs.Reader.Count > 0)
                {
                    tickets.Wait(0, CancellationToken.None);
                }
            }
        }
    }

    private bool MayBegin(CancellationToken cut) => begin && !cut.IsCancellationRequested && HasTime;

    /// <summary>Waits until a message may begin. Says why not, or nothing if the wait was ended.</summary>
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
            Log.NotReady(logger, part.ToString(), exception);
            return (false, new SendResult(SendOutcome.RelayRefused, "internal error: " + exception.GetType().Name));
        }
    }

    private async Task<Answer> SendAsync(IMailSession session, Work job, CancellationToken cut)
    {
        var began = time.GetTimestamp();
        try
        {
            return new Answer(
                job, mails.For(job.Entry!, job.Variant!, job.Row!.Copies) is { } mail ? await session.SendAsync(mail, cut) : NoAddress, false);
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            return new Answer(job, null, true);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A transport that throws is a fault of ours; the one message is in doubt, the others go on.
            Log.SendFailed(logger, part.ToString(), job.Row!.SubscriberId, exception.GetType().Name);
            return new Answer(job, new SendResult(SendOutcome.Unknown, "internal error: " + exception.GetType().Name), false);
        }
        finally
        {
            Telemetry.SendSeconds.Record(time.GetElapsedTime(began).TotalSeconds);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(302, LogLevel.Error, "Part {Part}: sending to subscriber {Subscriber} threw {Exception}")]
        public static partial void SendFailed(ILogger logger, string part, string subscriber, string exception);

        [LoggerMessage(303, LogLevel.Error, "Part {Part}: the way out could not be made ready")]
        public static partial void NotReady(ILogger logger, string part, Exception exception);
    }
}
