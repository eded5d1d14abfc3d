using DailyDigest.Schedule;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Delivery;

/// <summary>Closes a run whose parts are all done, with its counts taken from the ledger's rows.</summary>
public sealed partial class CloseRun(
    ITableStore tables, RunStore runs, CohortStore cohorts, Publication publication, TimeProvider time, ILogger<CloseRun> logger)
{
    /// <summary>Returns true if the run is closed now; false if a part is not done. Repeatable.</summary>
    public async Task<bool> ExecuteAsync(Run run, CancellationToken cancellationToken)
    {
        // Read before the parts: who makes a part undone changes the run afterwards, and what was counted before that must not close it.
        while (await runs.GetAsync(run.Date, run.Cohort, cancellationToken) is { State: RunState.Open } current)
        {
            if (!await AreDoneAsync(current, cancellationToken))
            {
                return false;
            }

            var counts = await CountAsync(current, cancellationToken);
            var audience = counts.Values.Sum();
            // Where nothing went out nothing was told: the stories may come again.
            var told = counts.Keys.Any(state => state is DeliveryState.Sent or DeliveryState.Held or DeliveryState.Unknown)
                || (audience == 0 && run.Cohort == Tick.Home(publication).Key); // Nobody's mail, but the public archive shows it.
            await cohorts.CountAsync(run.Cohort, audience, cancellationToken);
            var closed = current with { State = RunState.Closed, Ended = time.GetUtcNow(), Counts = counts, Told = told };
            if (await runs.ChangeAsync(closed, cancellationToken) is not null)
            {
                Telemetry.Runs.Add(1, new KeyValuePair<string, object?>("outcome", "closed"));
                Log.Closed(logger, run.Date, run.Cohort, counts.GetValueOrDefault(DeliveryState.Sent), audience);
                return true;
            }
        }

        return await runs.GetAsync(run.Date, run.Cohort, cancellationToken) is { State: RunState.Closed };
    }

    private async Task<bool> AreDoneAsync(Run run, CancellationToken cancellationToken)
    {
        foreach (var slice in Part.SlicesOf(run.Slices))
        {
            var part = new Part(run.Date, slice, run.Cohort);
            var control = await tables.GetAsync(Tables.Ledger, part.Partition, part.ControlKey, cancellationToken);
            if (control is null || !PartControl.Read(control).Done)
            {
                return false;
            }
        }

        return true;
    }

    private async Task<IReadOnlyDictionary<DeliveryState, long>> CountAsync(Run run, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<DeliveryState, long>();
        await foreach (var row in LedgerReader.DeliveriesAsync(tables, run, cancellationToken))
        {
            counts[row.State] = counts.GetValueOrDefault(row.State) + 1;
        }

        return counts;
    }

    private static partial class Log
    {
        [LoggerMessage(321, LogLevel.Information, "Run {Date} {Cohort} closed: {Sent} of {All} sent")]
        public static partial void Closed(ILogger logger, DateOnly date, string cohort, long sent, long all);
    }
}
