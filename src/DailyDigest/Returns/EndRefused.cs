using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Returns;

/// <summary>
/// Part of the tick, after a run has closed: ends the subscriptions of readers whom the receiving side refused for a reason about
/// themselves, and notes on others that they were refused for a reason that may pass. A few at a time, so that a tick stays short; the
/// progress is stored in the run's row.
/// </summary>
public sealed partial class EndRefused(
    ITableStore tables, RunStore runs, EndSubscription endSubscription, PutToRest putToRest, TimeProvider time,
    ILogger<EndRefused> logger)
{
    private const int MaxPeople = 200;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Handles the next readers of a closed run; does nothing for another run. Returns how many subscriptions ended. It can stop between
    /// any two writes and be repeated by any process: no subscription ends twice, or for a digest that is older than a new confirmation.
    /// </summary>
    public async Task<int> ExecuteAsync(Run run, CancellationToken cancellationToken)
    {
        // Reports that arrived while the run was being closed may be missing in its count.
        if (!run.HasRefusedToEnd
            || await LateRefusals.NoteAsync(tables, runs, run.Date, run.Cohort, cancellationToken) is not { HasRefusedToEnd: true } current)
        {
            return 0;
        }

        run = current;
        if (run.Refused == 0 && (run.Soft == 0 || run.SoftDistrusted))
        {
            await ReachAsync(run, Run.AllRefusedDone, cancellationToken);
            return 0;
        }

        var (ended, rested, people, began) = (0, 0, 0, time.GetTimestamp());
        await foreach (var row in LedgerReader.DeliveriesAsync(tables, run, cancellationToken, run.RefusedCursor))
        {
            if (row.State == DeliveryState.Rejected && RefusalPolicy.IsAboutRecipient(row.Reason))
            {
                ended += await endSubscription.ExecuteAsync(
                    row.SubscriberId, Suppression.Bounced, row.At, cancellationToken) == EndOutcome.Ended ? 1 : 0;
                people++;
            }
            else if (SoftRefusals.ReasonOf(row) is not null)
            {
                rested += await putToRest.ExecuteAsync(run, row, cancellationToken) ? 1 : 0;
                people++;
            }

            if (people == MaxPeople || time.GetElapsedTime(began) > Longest)
            {
                await ReachAsync(run, row.SubscriberId, cancellationToken);
                Tell(run, rested);
                return ended;
            }
        }

        await ReachAsync(run, Run.AllRefusedDone, cancellationToken);
        Tell(run, rested);
        if (run.Refused > 0)
        {
            Log.Done(logger, run.Date, run.Cohort, run.Refused);
        }

        return ended;
    }

    private void Tell(Run run, int rested)
    {
        if (rested > 0)
        {
            Log.Rested(logger, run.Date, run.Cohort, rested, Rest.Days);
        }
    }

    private async Task ReachAsync(Run run, string? reached, CancellationToken cancellationToken)
    {
        for (var current = run; current is { HasRefusedToEnd: true };)
        {
            if (await runs.ChangeAsync(current with { RefusedCursor = reached }, cancellationToken) is not null)
            {
                return;
            }

            // A report was counted meanwhile, or another machine did the same: the progress never goes back.
            current = await runs.GetAsync(run.Date, run.Cohort, cancellationToken);
            current = string.CompareOrdinal(current?.RefusedCursor, reached) >= 0 ? null : current;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(352, LogLevel.Information,
            "Run {Date:yyyy-MM-dd} {Cohort}: the subscriptions of the {Refused} readers whom their servers refused as unknown are ended")]
        public static partial void Done(ILogger logger, DateOnly date, string cohort, long refused);

        [LoggerMessage(353, LogLevel.Information,
            "Run {Date:yyyy-MM-dd} {Cohort}: {Rested} readers get no digest for {Days} days, because their servers refused several in a "
            + "row. Then it is tried once more. 'subscribers wake' ends it earlier.")]
        public static partial void Rested(ILogger logger, DateOnly date, string cohort, int rested, int days);
    }
}
