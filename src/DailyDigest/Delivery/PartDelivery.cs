using System.Threading.Channels;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Delivery;

/// <summary>
/// Delivers a part that was taken. One loop owns the ledger: it commits outcomes and new attempts together, so that a commit serves many
/// messages; senders, one per connection, take what was committed and report back. At most twice as many messages as there are connections
/// are in "attempting" at any instant: that is what a crash leaves in doubt.
/// </summary>
internal sealed partial class PartDelivery(
    PartLease lease, PartWork work, DigestMails mails, IMailTransport transport, Run run,
    DeliveryOptions options, ITableStore tables, TimeProvider time, ILogger logger)
{
    private const int MostPerBatch = 45;
    private const int MostBreaksInARow = 3;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    private readonly Channel<Work> jobs = Channel.CreateUnbounded<Work>();
    private readonly Channel<(Work Work, SendResult? Result)> answers = Channel.CreateUnbounded<(Work, SendResult?)>();
    private readonly List<(Work Work, SendResult? Result)> answered = [];
    private int outstanding;
    private int breaksInARow;
    private bool lost;
    private volatile bool begin = true;

    /// <summary>The relay refused us, and what it said; null otherwise.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Delivers until nothing is left to do now, the budget is used up, the relay refuses us, or the part is lost. Returns false when it is lost.</summary>
    public async Task<bool> ExecuteAsync(CancellationToken stop)
    {
        using var abort = new CancellationTokenSource();
        using var grace = stop.Register(() => abort.CancelAfter(TimeSpan.FromSeconds(8)));
        if (lease.LeftBehind && !await RecoverAsync(stop))
        {
            return false;
        }

        var senders = Enumerable.Range(0, options.Connections).Select(_ => SendAsync(abort.Token)).ToArray();
        try
        {
            await CoordinateAsync(abort, stop);
        }
        finally
        {
            begin = false;
            jobs.Writer.TryComplete();
            if (lost)
            {
                await abort.CancelAsync();
            }

            await Task.WhenAll(senders);
        }

        return !lost;
    }

    /// <summary>Turns what a former owner left in "attempting" to unknown. Returns false when the part is lost.</summary>
    private async Task<bool> RecoverAsync(CancellationToken cancellationToken)
    {
        var found = 0;
        var writes = new List<TableWrite>();
        await foreach (var stored in tables.ScanAsync(Tables.Ledger, lease.Part.Partition, new RowRange(From: "0", Before: "g"), cancellationToken))
        {
            if (DeliveryRow.Read(stored) is not { State: DeliveryState.Attempting } row || row.Cohort != lease.Part.Cohort)
            {
                continue;
            }

            found++;
            writes.AddRange(Outcomes.Rows(lease.Part, Outcomes.AfterCrash(row, time.GetUtcNow())));
            if (writes.Count > 90 && !await FlushAsync())
            {
                return false;
            }
        }

        Log.TakenOver(logger, lease.Part.ToString(), found);
        return writes.Count == 0 || await FlushAsync();

        async Task<bool> FlushAsync()
        {
            var commit = await lease.CommitAsync(writes, control => control, cancellationToken);
            writes.Clear();
            return commit == Commit.Done;
        }
    }

    private async Task CoordinateAsync(CancellationTokenSource abort, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            while (answered.Count < MostPerBatch && answers.Reader.TryRead(out var answer))
            {
                answered.Add(answer);
            }

            var mayTake = !stop.IsCancellationRequested && Trouble is null && (!lease.Control.Paused || lease.Control.Cancelled)
                && time.GetElapsedTime(began) < options.Budget;
            var room = Math.Min((2 * options.Connections) - outstanding + answered.Count, MostPerBatch);
            var taken = mayTake && room > 0 ? await work.TakeAsync(room, lease.Control, CancellationToken.None) : [];
            if (answered.Count == 0 && taken.Count == 0)
            {
                if (outstanding == 0)
                {
                    return;
                }

                if (!await WaitForAnswerAsync() && !await HeartbeatAsync(abort))
                {
                    return;
                }

                continue;
            }

            if (!await CommitAsync([.. taken]))
            {
                lost = true;
                return;
            }
        }
    }

    /// <summary>Commits the answers and what was taken, and hands what is to be sent to the senders.</summary>
    private async Task<bool> CommitAsync(List<Work> taken)
    {
        var now = time.GetUtcNow();
        var settled = answered.Select(one => (one.Work, Row: Judge(one.Work, one.Result, now))).ToList();
        while (true)
        {
            List<TableWrite> writes = [.. settled.SelectMany(one => Outcomes.Rows(lease.Part, one.Row))];
            var firstTaken = writes.Count;
            writes.AddRange(taken.SelectMany(one => one.Writes));
            var commit = await lease.CommitAsync(writes, control => Counted(control, settled, taken), CancellationToken.None);
            if (commit == Commit.Lost)
            {
                return false;
            }

            if (commit == Commit.Done)
            {
                break;
            }

            // One row is not as it was read: its reader left, or was served by another cohort's run. It is not ours to send; the rest is.
            var index = lease.ConflictIndex - firstTaken;
            var dropped = index < 0 ? null : taken.First(one => (index -= one.Writes.Count) < 0);
            if (dropped is null)
            {
                throw new StorageException($"The ledger refused an outcome of {lease.Part}.");
            }

            taken.Remove(dropped);
        }

        answered.Clear();
        foreach (var (_, row) in settled)
        {
            Telemetry.Settled(row.State);
        }

        outstanding -= settled.Count;
        foreach (var one in taken.Where(one => one.IsSend))
        {
            outstanding++;
            jobs.Writer.TryWrite(one);
        }

        return true;
    }

    private DeliveryRow Judge(Work attempt, SendResult? result, DateTimeOffset now)
    {
        if (result is { Outcome: SendOutcome.RelayRefused })
        {
            Trouble ??= result.Reply;
        }

        breaksInARow = result?.Outcome switch { SendOutcome.Unknown => breaksInARow + 1, null => breaksInARow, _ => 0 };
        if (breaksInARow >= MostBreaksInARow)
        {
            Trouble ??= "the relay breaks off before it answers: " + result!.Reply;
        }

        return Outcomes.After(attempt.Row!, result, now, run.Deadline);
    }

    private PartControl Counted(PartControl control, List<(Work Work, DeliveryRow Row)> settled, List<Work> taken) => control with
    {
        Cursor = work.Cursor ?? control.Cursor,
        Exhausted = work.Exhausted,
        Sent = control.Sent + settled.Count(one => one.Row.State == DeliveryState.Sent),
        Other = control.Other + settled.Count(one => one.Row.IsSettled && one.Row.State != DeliveryState.Sent)
            + taken.Count(one => one.Row is { IsSettled: true }),
        Troubles = settled.Any(one => one.Row.State == DeliveryState.Sent) ? 0 : control.Troubles,
    };

    private async Task<bool> WaitForAnswerAsync()
    {
        using var timeout = new CancellationTokenSource(Heartbeat, time);
        try
        {
            return await answers.Reader.WaitToReadAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Renews the lease while the relay is slow. When that fails for too long the connections are cut 10 seconds before the lease ends.</summary>
    private async Task<bool> HeartbeatAsync(CancellationTokenSource abort)
    {
        try
        {
            if (await lease.CommitAsync([], control => control, CancellationToken.None) == Commit.Done)
            {
                return true;
            }

            lost = true;
            return false;
        }
        catch (StorageException) when (lease.SinceRenewed < options.Lease - TimeSpan.FromSeconds(10))
        {
            return true;
        }
        catch (StorageException)
        {
            await abort.CancelAsync();
            throw;
        }
    }

    private async Task SendAsync(CancellationToken abort)
    {
        await using var session = transport.OpenSession();
        await foreach (var job in jobs.Reader.ReadAllAsync(CancellationToken.None))
        {
            answers.Writer.TryWrite((job, begin && Trouble is null && !abort.IsCancellationRequested ? await SendAsync(session, job, abort) : null));
        }
    }

    private async Task<SendResult?> SendAsync(IMailSession session, Work job, CancellationToken abort)
    {
        var began = time.GetTimestamp();
        try
        {
            return await session.SendAsync(mails.For(job.Entry!, job.Variant!), abort);
        }
        catch (OperationCanceledException)
        {
            return new SendResult(SendOutcome.Unknown, "the worker was stopped in the middle of the message");
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A transport that throws is a fault of ours; the one message is in doubt, the others go on.
            Log.SendFailed(logger, lease.Part.ToString(), job.Row!.SubscriberId, exception.GetType().Name);
            return new SendResult(SendOutcome.Unknown, "internal error: " + exception.GetType().Name);
        }
        finally
        {
            Telemetry.SendSeconds.Record(time.GetElapsedTime(began).TotalSeconds);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(301, LogLevel.Warning, "Part {Part} was left behind by its owner; {InDoubt} deliveries are in doubt")]
        public static partial void TakenOver(ILogger logger, string part, int inDoubt);

        [LoggerMessage(302, LogLevel.Error, "Part {Part}: sending to subscriber {Subscriber} threw {Exception}")]
        public static partial void SendFailed(ILogger logger, string part, string subscriber, string exception);
    }
}
