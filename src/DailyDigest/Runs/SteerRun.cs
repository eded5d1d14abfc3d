using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Runs;

/// <summary>An operator's word to a run.</summary>
public enum RunOrder
{
    /// <summary>Nothing more is begun; what is on the wire ends.</summary>
    Pause,

    /// <summary>It goes on where it stood.</summary>
    Resume,

    /// <summary>What was not sent is withheld, for good unless it is sent to those whom it missed.</summary>
    Cancel,
}

/// <summary>What an order did to a run.</summary>
/// <param name="Run">The run as it stands.</param>
/// <param name="Obeyed">False if there is nothing to steer: the run is closed or was skipped.</param>
/// <param name="Changed">False if the run stood so already.</param>
/// <param name="Parts">Parts that are not done; 0 while the run is being prepared.</param>
/// <param name="InHand">Of these, parts that a worker holds: it takes notice with its next commit, within ten seconds.</param>
/// <param name="Settled">Deliveries of the run that were sent or ended otherwise, by the parts' own count.</param>
public sealed record SteeredRun(Run Run, bool Obeyed, bool Changed, int Parts, int InHand, long Settled);

/// <summary>
/// Pauses, resumes or cancels a run. The word stands in the run's row; the control rows of its parts follow it, where a worker that holds a part meets
/// it: its next commit finds another version, and an idle one commits every ten seconds. Who was stopped in between can repeat the order, and the
/// sweep makes the parts follow.
/// </summary>
public sealed partial class SteerRun(ITableStore tables, IQueueStore queues, RunStore runs, TimeProvider time, ILogger<SteerRun> logger)
{
    /// <summary>Carries out the order, and returns the run as it stands then; null if there is no such run. Repeatable.</summary>
    public async Task<SteeredRun?> ExecuteAsync(DateOnly date, string cohort, RunOrder order, CancellationToken cancellationToken)
    {
        var run = await runs.GetAsync(date, cohort, cancellationToken);
        while (run is { State: RunState.Open or RunState.Preparing })
        {
            var wanted = order switch
            {
                RunOrder.Pause => run with { Paused = true },
                RunOrder.Resume => run with { Paused = false },
                _ => run with { Cancelled = true, Paused = false },
            };

            // Written also where it stands so already: somebody who is about to open or close the run on what was before must notice.
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

    /// <summary>Makes the control rows of an open run say what the run says, whoever else writes them. Repeatable.</summary>
    public async Task FollowAsync(Run run, CancellationToken cancellationToken)
    {
        for (Run? current = run; current is { State: RunState.Open };)
        {
            foreach (var slice in Part.SlicesOf(current.Slices))
            {
                await FollowAsync(new Part(run.Date, slice, run.Cohort), current, cancellationToken);
            }

            // Two orders at once: whoever ends last has seen the later one.
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
            // The sequence stays: it counts the owner's batches, and the owner recognises itself by it.
            var steered = control with { Paused = run.Paused, Cancelled = run.Cancelled };
            if ((await tables.WriteAsync(
                    Tables.Ledger, part.Partition, TableWrite.Update(steered.ToRow(part), control.ETag!), cancellationToken)).IsDone)
            {
                return;
            }
        }
    }

    /// <summary>True if the control row says what the run says.</summary>
    internal static bool Follows(PartControl control, Run run) => control.Paused == run.Paused && control.Cancelled == run.Cancelled;

    /// <summary>What goes on or is to be withheld wants a worker.</summary>
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
        [LoggerMessage(351, LogLevel.Information, "Run {Date:yyyy-MM-dd} {Cohort}: an operator said {Order}")]
        public static partial void Steered(ILogger logger, DateOnly date, string cohort, RunOrder order);
    }
}
