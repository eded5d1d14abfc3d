using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Sending;

/// <summary>
/// Delivers a part whose lease this worker holds. One loop owns the ledger: it commits outcomes and new attempts together, so that one
/// commit serves many messages. Senders, one per connection, take what was committed and report back. At most twice as many messages as
/// there are connections are "attempting" at any instant: so many are in doubt after a crash (docs/decisions/0017).
/// </summary>
internal sealed partial class PartDelivery(
    PartLease lease, PartWork work, DigestMails mails, IMailTransport transport, Run run,
    DeliveryOptions options, ITableStore tables, TimeProvider time, ILogger logger)
{
    private const int MaxRows = TableRules.MaxBatch - 1;
    private const int MaxSettled = 45;

    private readonly PartSenders senders = new(lease, mails, transport, options.Connections, options.Budget, time, logger);
    private readonly CommitPace pace = new(options.Connections, time);
    private readonly List<DeliveryRow> settled = [];
    private readonly OutcomeTally tally = new();
    private readonly RefusalStreak refusals = new(lease.Control.Trouble);
    private int inFlight;
    private bool lost;
    private volatile bool cutOffReached;

    /// <summary>Why the relay's answers stop the part, one line; null if they do not.</summary>
    public string? Trouble => refusals.Trouble;

    /// <summary>The error that kept the part from its next step; every begun delivery is committed then. Null for none.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>
    /// Delivers until nothing is left to do now, the budget is used up, the relay refuses us, or the part is lost. Returns false when it is
    /// lost.
    /// </summary>
    /// <remarks>
    /// These signals end the work:
    /// <list type="bullet">
    /// <item>The budget is used up, or the relay refuses us: no message is begun any more; messages being sent are finished.</item>
    /// <item>The host asks to stop: likewise, and senders that wait for the relay end at once. After
    /// <see cref="DeliveryOptions.StopGrace"/> messages being sent are cut off.</item>
    /// <item>The cutoff, or the near end of the lease: messages being sent are cut off and in doubt.</item>
    /// <item>Another worker took the part: everything ends at once, and nothing is written any more.</item>
    /// </list>
    /// </remarks>
    /// <exception cref="StorageException">
    /// The ledger stayed out of reach until the lease was about to end. No message is being sent any more.
    /// </exception>
    public async Task<bool> ExecuteAsync(CancellationToken stop)
    {
        using var cutOff = new CancellationTokenSource(options.CutOff ?? Timeout.InfiniteTimeSpan, time);
        if (lease.WasAbandoned && !await RecoverAsync(stop))
        {
            return false;
        }

        using var stopTimeout = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(lease.Ending, stopTimeout.Token);
        using var onCutOff = cutOff.Token.Register(() =>
        {
            cutOffReached = true;
            cut.Cancel();
        });
        using var onStop = stop.Register(() => stopTimeout.CancelAfter(options.StopGrace));

        // A sender that only waits for the relay has begun nothing; it ends at once.
        using var halt = CancellationTokenSource.CreateLinkedTokenSource(stop, lease.Ending);
        var sending = senders.RunAsync(halt.Token, cut.Token);
        try
        {
            lost = !await CoordinateAsync(halt);
        }
        catch (Exception exception) when (settled.Count > 0 && exception is not StorageException)
        {
            // A sender failed. The answers that were read are known, so their messages are not in doubt.
            await CommitAsync([]);
            throw;
        }
        finally
        {
            senders.End();
            await halt.CancelAsync();
            if (lost)
            {
                await cut.CancelAsync();
            }

            await sending;
        }

        return !lost;
    }

    /// <summary>Turns what a former owner left in "attempting" to unknown. Returns false when the part is lost.</summary>
    private async Task<bool> RecoverAsync(CancellationToken cancellationToken)
    {
        var found = 0;
        var batch = new PartBatch<DeliveryRow>(lease, MaxRows / PartWork.MaxWritesEach, _ => { }, time);
        await foreach (var stored in tables.ScanAsync(Tables.Ledger, lease.Part.Partition, LedgerReader.Deliveries, cancellationToken))
        {
            if (DeliveryRow.Read(stored) is { State: DeliveryState.Attempting } row && row.Cohort == lease.Part.Cohort)
            {
                found++;
                batch.Add(row, [.. Outcomes.Rows(lease.Part, Outcomes.AfterCrash(row, time.GetUtcNow(), options.InDoubt))]);
            }

            if (batch.IsDue && !await batch.CommitAsync(control => control))
            {
                return false;
            }
        }

        Log.TakenOver(logger, lease.Part.ToString(), found);
        return !batch.Items.Any() || await batch.CommitAsync(control => control);
    }

    /// <summary>Returns false when the part is lost.</summary>
    private async Task<bool> CoordinateAsync(CancellationTokenSource halt)
    {
        while (true)
        {
            Gather();
            while (pace.Wait(settled.Count, inFlight - settled.Count) is var wait && wait > TimeSpan.Zero)
            {
                var came = await senders.Answers.WaitAsync(
                    pace.Needed(settled.Count, inFlight - settled.Count), wait, halt.Token);
                Gather();
                if (!came)
                {
                    break;
                }
            }

            var mayTake = Trouble is null && Failure is null && !halt.IsCancellationRequested
                && (!lease.Control.Paused || lease.Control.Cancelled) && senders.HasTime;
            if (!mayTake)
            {
                // Messages that still wait for the relay come back as not begun, so that the part can be released.
                await halt.CancelAsync();
            }

            var taken = mayTake ? await TakeAsync() : [];
            if (settled.Count == 0 && taken.Count == 0 && !work.HasMoved(lease.Control))
            {
                if (inFlight == 0)
                {
                    // An operator's pause or a stop of the host says nothing about the relay.
                    if (mayTake || !senders.HasTime)
                    {
                        refusals.End(lease.Control.Sent > 0);
                    }

                    return true;
                }

                // While the relay is slow, an empty batch renews the lease.
                if (await senders.Answers.WaitAsync(1, CommitPace.Heartbeat, CancellationToken.None))
                {
                    continue;
                }
            }

            if (!await CommitAsync(taken))
            {
                return false;
            }
        }
    }

    private void Gather()
    {
        while (settled.Count < MaxSettled && senders.Answers.TryTake(out var answer))
        {
            pace.Answered(answer.Work);
            settled.Add(tally.Note(answer, Judge(answer)));
        }
    }

    private async Task<List<Work>> TakeAsync()
    {
        var room = (refusals.IsProbing ? 1 : 2 * options.Connections) - inFlight + settled.Count;
        var rows = MaxRows - settled.Sum(row => row.Until is null ? 1 : 2);
        try
        {
            return room > 0 ? [.. await work.TakeAsync(room, rows, lease.Control, idle: inFlight == 0, CancellationToken.None)] : [];
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The messages being sent are accounted for first.
            Failure = exception;
            return [];
        }
    }

    /// <summary>
    /// Commits the answers and the steps taken, and hands what is to be sent to the senders. Returns false when the part is lost.
    /// </summary>
    private async Task<bool> CommitAsync(List<Work> taken)
    {
        // A step is dropped if its row has changed: the reader left, or was served by another cohort's run. Nobody but the owner changes an
        // outcome's row.
        var batch = new PartBatch<Work?>(lease, MaxRows, one => Drop(taken, one), time);
        foreach (var row in settled)
        {
            batch.Add(null, [.. Outcomes.Rows(lease.Part, row)]);
        }

        foreach (var one in taken)
        {
            batch.Add(one, one.Writes);
        }

        if (!await batch.CommitAsync(control => Counted(control, taken)))
        {
            return false;
        }

        tally.Committed(settled);
        inFlight += taken.Count(one => one.IsSend) - settled.Count;
        settled.Clear();
        pace.Committed();
        foreach (var one in taken.Where(one => one.IsSend))
        {
            pace.Posted(one);
            senders.Post(one);
        }

        return true;
    }

    private void Drop(List<Work> taken, Work? dropped) =>
        _ = taken.Remove(dropped ?? throw new StorageException($"The ledger refused an outcome of {lease.Part}."));

    private DeliveryRow Judge(Answer answer)
    {
        var (job, result, cutOff) = answer;
        var now = time.GetUtcNow();
        if (cutOff && cutOffReached)
        {
            // The relay is slow; this is not a crash of ours, and it may happen to many messages.
            result = new SendResult(SendOutcome.Unknown, "no answer before the worker's time was over");
        }
        else if (cutOff)
        {
            return Outcomes.AfterCrash(job.Row!, now, options.InDoubt);
        }

        refusals.Count(result);
        if (Trouble is not null)
        {
            senders.BeginNothing();
        }

        return Outcomes.After(job.Row!, result, now, run.Deadline, options.InDoubt);
    }

    private PartControl Counted(PartControl control, List<Work> taken)
    {
        var rejectsEverybody = RefusalStreak.IsOfEverybody(Trouble ?? control.Trouble);
        var healthy = settled.Any(row => row.State == DeliveryState.Sent || (row.State == DeliveryState.Rejected && !rejectsEverybody));
        var sent = settled.Count(row => row.State == DeliveryState.Sent);
        var counted = control with
        {
            Sent = control.Sent + sent,
            Other = control.Other + settled.Count(row => row.IsSettled) - sent + taken.Count(one => one.Row is { IsSettled: true }),
            RefusedAll = control.RefusedAll || rejectsEverybody,
            Domains = tally.AddTo(control.Domains, taken),
            Troubles = healthy ? 0 : control.Troubles,
            Trouble = healthy ? null : control.Trouble,
        };
        return work.HasMoved(control) ? counted with { Cursor = work.Cursor, Exhausted = work.Exhausted } : counted;
    }

    private static partial class Log
    {
        [LoggerMessage(301, LogLevel.Warning,
            "Part {Part} was abandoned by its owner; {InDoubt} deliveries are in doubt and will be sent again or held")]
        public static partial void TakenOver(ILogger logger, string part, int inDoubt);
    }
}
