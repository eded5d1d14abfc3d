using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Runs;

/// <summary>An operator's order to a run.</summary>
public enum RunOrder
{
    /// <summary>No message is begun any more; messages being sent are finished.</summary>
    Pause,

    /// <summary>The run continues where it was paused.</summary>
    Resume,

    /// <summary>Deliveries that were not sent are withheld, unless an operator sends the run again to those it missed.</summary>
    Cancel,

    /// <summary>For a run that is held after a restore: it is sent.</summary>
    Release,

    /// <summary>For a run that is held after a restore: it was sent before, so what this store did not send is withheld.</summary>
    Skip,
}

/// <summary>The effect of an order on a run.</summary>
/// <param name="Run">The run as stored.</param>
/// <param name="Obeyed">False if the run is closed or was skipped, so that there is nothing to steer.</param>
/// <param name="Changed">False if the run was in that state already.</param>
/// <param name="Parts">Parts that are not done; 0 while the run is being prepared.</param>
/// <param name="InHand">Those of them that a worker holds. It notices the order with its next commit, within ten seconds.</param>
/// <param name="Settled">Deliveries of the run that were sent or ended otherwise, by the parts' own count.</param>
public sealed record SteeredRun(Run Run, bool Obeyed, bool Changed, int Parts, int InHand, long Settled)
{
    /// <summary>True if the run was no longer the version for which the order was given; nothing was changed.</summary>
    public bool IsStale { get; init; }
}

/// <summary>
/// Pauses, resumes or cancels a run. The order is stored in the run's row and then copied to the control rows of its parts. A worker that
/// holds a part notices it, because its next commit finds another version of the control row; an idle worker commits every ten seconds. If
/// this stops half way, the order can be repeated, and the sweep completes the copy.
/// </summary>
public sealed partial class SteerRun(ITableStore tables, IQueueStore queues, RunStore runs, TimeProvider time, ILogger<SteerRun> logger)
{
    /// <summary>Carries out the order and returns the resulting run; null if there is no such run. Repeatable.</summary>
    /// <param name="date">The run's local date.</param>
    /// <param name="cohort">The cohort's key.</param>
    /// <param name="order">The order.</param>
    /// <param name="cancellationToken">Stops it; the sweep completes what was stored.</param>
    /// <param name="version">The run's version that the operator saw; null for whatever it is now.</param>
    public async Task<SteeredRun?> ExecuteAsync(
        DateOnly date, string cohort, RunOrder order, CancellationToken cancellationToken, string? version = null)
    {
        var run = await runs.GetAsync(date, cohort, cancellationToken);
        while (run is { State: RunState.Open or RunState.Preparing })
        {
            if (version is not null && run.ETag != version)
            {
                return new SteeredRun(run, false, false, 0, 0, 0) { IsStale = true };
            }

            if (order is RunOrder.Release or RunOrder.Skip && !run.Held)
            {
                return new SteeredRun(run, false, false, 0, 0, 0);
            }

            var wanted = order switch
            {
                RunOrder.Pause => run with { Paused = true },
                RunOrder.Resume => run with { Paused = false },
                RunOrder.Release => Released(run, time.GetUtcNow()),
                _ => run with { Cancelled = true, Paused = false, Ordered = null },
            };

            // Written even if nothing changes: a writer that opens or closes the run on what it read before must notice.
            if (await runs.ChangeAsync(wanted, cancellationToken) is { } changed)
            {
                Log.Steered(logger, date, cohort, order);
                await FollowAsync(changed, cancellationToken);
                return await HintAsync(changed, order, wanted != run, cancellationToken);
            }

            run = await runs.GetAsync(date, cohort, cancellationToken);
        }

        return run is null ? null : new SteeredRun(run, false, false, 0, 0, 0);
    }

    /// <summary>
    /// Holds an open run whose messages may have left without the store's knowledge. Returns false if it ended meanwhile.
    /// </summary>
    public async Task<bool> HoldAsync(Run run, CancellationToken cancellationToken)
    {
        for (var current = run; current is { IsOpen: true }; current = await runs.GetAsync(run.Date, run.Cohort, cancellationToken))
        {
            if (current.Held || await runs.ChangeAsync(current with { Held = true }, cancellationToken) is not null)
            {
                await FollowAsync(current with { Held = true }, cancellationToken);
                return true;
            }
        }

        return false;
    }

    // The deadline that passed while the operator decided begins anew, at most for a day.
    private static Run Released(Run run, DateTimeOffset now)
    {
        var span = run.Deadline - run.Started;

        // A run of which nothing was prepared begins now, however late it is.
        var started = run.State == RunState.Preparing ? now : run.Started;
        return run with { Held = false, Started = started, Deadline = now + (span < TimeSpan.FromDays(1) ? span : TimeSpan.FromDays(1)) };
    }

    /// <summary>Copies the pause and cancel flags of an open run to the control rows of its parts. Repeatable.</summary>
    public async Task FollowAsync(Run run, CancellationToken cancellationToken)
    {
        for (Run? current = run; current is { State: RunState.Open };)
        {
            foreach (var slice in Part.SlicesOf(current.Slices))
            {
                await FollowAsync(new Part(run.Date, slice, run.Cohort), current, cancellationToken);
            }

            // Two orders at once: the call that ends last has seen the later order.
            var seen = current.ETag;
            current = await runs.GetAsync(run.Date, run.Cohort, cancellationToken);
            if (current?.ETag == seen)
            {
                return;
            }
        }
    }

    private async Task FollowAsync(Part part, Run run, CancellationToken cancellationToken)
    {
        while (await tables.GetAsync(Tables.Ledger, part.Partition, part.ControlKey, cancellationToken) is { } row
            && PartControl.Read(row) is { Done: false } control && !Follows(control, run))
        {
            // The sequence does not change: it counts the owner's batches, and the owner recognises its own row by it.
            var steered = control with { Paused = run.IsStopped, Cancelled = run.Cancelled };
            if ((await tables.WriteAsync(
                    Tables.Ledger, part.Partition, TableWrite.Update(steered.ToRow(part), control.ETag!), cancellationToken)).IsDone)
            {
                return;
            }
        }
    }

    /// <summary>True if the control row has the flags of the run.</summary>
    internal static bool Follows(PartControl control, Run run) => control.Paused == run.IsStopped && control.Cancelled == run.Cancelled;

    /// <summary>Enqueues the parts, because a worker must continue or withhold them.</summary>
    private async Task<SteeredRun> HintAsync(Run run, RunOrder order, bool changed, CancellationToken cancellationToken)
    {
        var parts = await LedgerReader.PartsAsync(tables, run, cancellationToken);
        var open = parts.Where(one => !one.Control.Done).ToList();
        foreach (var (part, control) in order == RunOrder.Pause ? [] : open)
        {
            var wait = control.NextRetry - time.GetUtcNow() ?? TimeSpan.Zero;
            await queues.EnqueueAsync(
                Queues.Deliver, part.ToString(), wait > TimeSpan.Zero && !run.Cancelled ? wait : TimeSpan.Zero, cancellationToken);
        }

        return new SteeredRun(
            run, true, changed, open.Count, open.Count(one => one.Control.Owner is { } owner && !PartOwner.IsGone(owner)),
            parts.Sum(one => one.Control.Sent + one.Control.Other));
    }

    private static partial class Log
    {
        [LoggerMessage(351, LogLevel.Information, "Run {Date:yyyy-MM-dd} {Cohort}: an operator ordered {Order}")]
        public static partial void Steered(ILogger logger, DateOnly date, string cohort, RunOrder order);
    }
}
