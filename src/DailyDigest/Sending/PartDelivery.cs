using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Sending;

/// <summary>
/// Delivers a part that was taken. One loop owns the ledger: it commits outcomes and new attempts together, so that a commit serves many
/// messages; senders, one per connection, take what was committed and report back. At most twice as many messages as there are connections
/// are in "attempting" at any instant: that is what a crash leaves in doubt of this part (docs/decisions/0017).
/// </summary>
internal sealed partial class PartDelivery(
    PartLease lease, PartWork work, DigestMails mails, IMailTransport transport, Run run,
    DeliveryOptions options, ITableStore tables, TimeProvider time, ILogger logger) : IDisposable
{
    private const int MostRows = TableRules.MaxBatch - 1;
    private const int MostSettled = 45;
    private const int MostBreaksInARow = 3;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(8);

    private readonly PartSenders senders = new(lease.Part, mails, transport, options.Connections, options.Budget, time, logger);
    private readonly List<DeliveryRow> settled = [];
    private readonly AlikeRefusals refusals = new(lease.Control.Trouble);
    private int outstanding;
    private int breaksInARow;
    private bool lost;
    private volatile bool timeIsOver;

    /// <summary>The relay refused us, and what it said; null otherwise.</summary>
    public string? Trouble { get; private set; }

    /// <summary>What kept the part from finding out what to do next, after all that had been begun was committed; null if nothing did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Delivers until nothing is left to do now, the budget is used up, the relay refuses us, or the part is lost. Returns false when it is lost.</summary>
    /// <exception cref="StorageException">The ledger stayed out of reach until the lease was about to end. Nothing is on the wire any more.</exception>
    public async Task<bool> ExecuteAsync(CancellationToken stop)
    {
        if (lease.LeftBehind && !await RecoverAsync(stop))
        {
            return false;
        }

        using var impatience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(lease.Ending, impatience.Token);
        using var over = new CancellationTokenSource(options.CutOff ?? Timeout.InfiniteTimeSpan, time);
        using var ends = over.Token.Register(() =>
        {
            timeIsOver = true;
            cut.Cancel();
        });
        using var grace = stop.Register(() => impatience.CancelAfter(Grace));

        // Who only waits for the relay has begun nothing and need not be waited for.
        using var halt = CancellationTokenSource.CreateLinkedTokenSource(stop, lease.Ending);
        var sending = senders.RunAsync(halt.Token, cut.Token);
        try
        {
            lost = !await CoordinateAsync(halt);
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

    /// <inheritdoc/>
    public void Dispose() => senders.Dispose();

    /// <summary>Turns what a former owner left in "attempting" to unknown. Returns false when the part is lost.</summary>
    private async Task<bool> RecoverAsync(CancellationToken cancellationToken)
    {
        var (found, committed) = (0, time.GetTimestamp());
        var writes = new List<TableWrite>();
        await foreach (var stored in tables.ScanAsync(Tables.Ledger, lease.Part.Partition, LedgerReader.Deliveries, cancellationToken))
        {
            if (DeliveryRow.Read(stored) is { State: DeliveryState.Attempting } row && row.Cohort == lease.Part.Cohort)
            {
                found++;
                writes.AddRange(Outcomes.Rows(lease.Part, Outcomes.AfterCrash(row, time.GetUtcNow(), options.InDoubt)));
            }

            // A slice of millions takes longer to read than a lease lasts: an empty batch renews it, too.
            if ((writes.Count > MostRows - PartWork.MostWritesEach || time.GetElapsedTime(committed) > Heartbeat) && !await FlushAsync())
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
            committed = time.GetTimestamp();
            return commit == Commit.Done;
        }
    }

    /// <summary>Returns false when the part is lost.</summary>
    private async Task<bool> CoordinateAsync(CancellationTokenSource halt)
    {
        while (true)
        {
            Gather();

            // A commit costs a sync of the disk or a request: while the senders have enough to do, a few more answers may join it.
            while (settled.Count > 0 && settled.Count < options.Connections / 2 && outstanding - settled.Count > options.Connections
                && await WaitForAnswerAsync(Linger))
            {
                Gather();
            }

            var mayTake = Trouble is null && Failure is null && !halt.IsCancellationRequested
                && (!lease.Control.Paused || lease.Control.Cancelled) && senders.HasTime;
            if (!mayTake)
            {
                // What must still wait for the relay goes back: no part is kept for the sake of it.
                await halt.CancelAsync();
            }

            var taken = mayTake ? await TakeAsync() : [];
            if (settled.Count == 0 && taken.Count == 0 && !work.HasMoved(lease.Control))
            {
                if (outstanding == 0)
                {
                    Trouble ??= refusals.TroubleAtEnd(lease.Control.Sent > 0);
                    return true;
                }

                // While the relay is slow, an empty batch renews the lease.
                if (await WaitForAnswerAsync(Heartbeat))
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
        while (settled.Count < MostSettled && senders.Answers.TryRead(out var answer))
        {
            settled.Add(Judge(answer));
        }
    }

    private async Task<List<Work>> TakeAsync()
    {
        var room = (refusals.IsProbing ? 1 : 2 * options.Connections) - outstanding + settled.Count;
        var rows = MostRows - settled.Sum(row => row.Until is null ? 1 : 2);
        try
        {
            return room > 0 ? [.. await work.TakeAsync(room, rows, lease.Control, CancellationToken.None)] : [];
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // What is on the wire is to be accounted for first.
            Failure = exception;
            return [];
        }
    }

    /// <summary>Commits the answers and what was taken, and hands what is to be sent to the senders. Returns false when the part is lost.</summary>
    private async Task<bool> CommitAsync(List<Work> taken)
    {
        while (true)
        {
            List<TableWrite> writes = [.. settled.SelectMany(row => Outcomes.Rows(lease.Part, row))];
            var firstTaken = writes.Count;
            writes.AddRange(taken.SelectMany(one => one.Writes));
            var commit = await lease.CommitAsync(writes, control => Counted(control, taken), CancellationToken.None);
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
            if (index < 0)
            {
                throw new StorageException($"The ledger refused an outcome of {lease.Part}.");
            }

            taken.Remove(taken.First(one => (index -= one.Writes.Count) < 0));
        }

        foreach (var row in settled)
        {
            Telemetry.Deliveries.Add(1, new KeyValuePair<string, object?>("state", row.State.ToString()));
        }

        outstanding += taken.Count(one => one.IsSend) - settled.Count;
        settled.Clear();
        foreach (var one in taken.Where(one => one.IsSend))
        {
            senders.Post(one);
        }

        return true;
    }

    private DeliveryRow Judge(Answer answer)
    {
        var (job, result, cutOff) = answer;
        var now = time.GetUtcNow();
        if (cutOff && timeIsOver)
        {
            // The relay's doing, and not a crash of ours: it may have many more of its kind.
            result = new SendResult(SendOutcome.Unknown, "no answer before the worker's time was over");
        }
        else if (cutOff)
        {
            return Outcomes.AfterCrash(job.Row!, now, options.InDoubt);
        }

        breaksInARow = result?.Outcome switch { SendOutcome.Unknown => breaksInARow + 1, null => breaksInARow, _ => 0 };
        refusals.Count(result);
        if (result is { Outcome: SendOutcome.RelayRefused, AtRecipient: false })
        {
            Trouble ??= result.Reply;
        }
        else if (breaksInARow >= MostBreaksInARow)
        {
            Trouble ??= "the relay breaks off before it answers: " + result?.Reply;
        }

        Trouble ??= refusals.Trouble;
        if (Trouble is not null)
        {
            senders.BeginNothing();
        }

        return Outcomes.After(job.Row!, result, now, run.Deadline, options.InDoubt);
    }

    private PartControl Counted(PartControl control, List<Work> taken)
    {
        var refusesEverybody = AlikeRefusals.IsTrouble(Trouble ?? control.Trouble);
        var healthy = settled.Any(row => row.State == DeliveryState.Sent || (row.State == DeliveryState.Rejected && !refusesEverybody));
        var sent = settled.Count(row => row.State == DeliveryState.Sent);
        var counted = control with
        {
            Sent = control.Sent + sent,
            Other = control.Other + settled.Count(row => row.IsSettled) - sent + taken.Count(one => one.Row is { IsSettled: true }),
            RefusedAll = control.RefusedAll || refusesEverybody,
            Troubles = healthy ? 0 : control.Troubles,
            Trouble = healthy ? null : control.Trouble,
        };
        return work.HasMoved(control) ? counted with { Cursor = work.Cursor, Exhausted = work.Exhausted } : counted;
    }

    /// <summary>Returns false if there was none for so long.</summary>
    private async Task<bool> WaitForAnswerAsync(TimeSpan patience)
    {
        using var timeout = new CancellationTokenSource(patience, time);
        try
        {
            return await senders.Answers.WaitToReadAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(301, LogLevel.Warning, "Part {Part} was left behind by its owner; {InDoubt} deliveries are in doubt")]
        public static partial void TakenOver(ILogger logger, string part, int inDoubt);
    }
}
