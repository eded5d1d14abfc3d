using DailyDigest.Calendar;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Runs;

/// <summary>Closes a run whose parts are all done, with its counts taken from the ledger's rows.</summary>
public sealed partial class CloseRun(
    ITableStore tables, RunStore runs, CohortStore cohorts, Publication publication, TimeProvider time, ILogger<CloseRun> logger)
{
    // Slices are counted in parallel, because the pages of one slice can only be read one after another.
    private const int MaxParallelSlices = 8;

    /// <summary>Returns true if the run is closed now, false if a part is not done. Repeatable.</summary>
    public async Task<bool> ExecuteAsync(Run run, CancellationToken cancellationToken)
    {
        // Most often another part is not done. The last one is begun last, so it tells this with one request.
        if (Part.SlicesOf(run.Slices) is [_, .., var last] && await ControlAsync(run, last, cancellationToken) is not { Done: true })
        {
            return false;
        }

        // The run is read before the parts: a process that makes a part undone changes the run afterwards, and counts taken before that
        // must not close it.
        while (await runs.GetAsync(run.Date, run.Cohort, cancellationToken) is { State: RunState.Open } current)
        {
            if (await PartsAsync(current, cancellationToken) is not { } parts)
            {
                return false;
            }

            var reasons = new ReasonCounts();
            var (counts, direct, soft, lastSent) = await CountAsync(current, reasons, cancellationToken);

            // A report that arrives from here on is found by EndRefused after the close.
            var late = await LateRefusals.CountAsync(tables, current, cancellationToken);
            var (refused, audience) = (direct + late, counts.Values.Sum());

            // If nothing was sent, the stories may be chosen again.
            // A held run that an operator cancelled was sent before the restore.
            var told = current.Held || counts.Keys.Any(state => state is DeliveryState.Sent or DeliveryState.Held or DeliveryState.Unknown)
                || (audience == 0 && run.Cohort == publication.HomeCohort.Key); // Nobody got a mail, but the public archive shows it.
            await cohorts.CountAsync(run.Cohort, audience, cancellationToken);

            // Refused readers' subscriptions are ended by later ticks (EndRefused): a run of a million must close in one step.
            var closed = current with
            {
                State = RunState.Closed,
                Ended = time.GetUtcNow(),
                Counts = counts,
                CountsAsSent = told,
                Refused = refused,
                RefusedLate = late,
                Distrusted = RefusalPolicy.Distrusts(refused, audience, parts.Any(part => part.RefusedAll))
                    || (direct > 0
                        && direct == counts.GetValueOrDefault(DeliveryState.Sent) + counts.GetValueOrDefault(DeliveryState.Rejected)
                        && RefusalPolicy.DistrustsRefusalOfAll(direct, await LastAnsweredAsync(current, cancellationToken))),
                Soft = soft,
                SoftDistrusted = await DistrustsSoftAsync(current, soft, counts, cancellationToken),
                RefusedCursor = null,
                LastSent = lastSent,
                Domains = DomainCounts.OfRun(parts.Select(part => part.Domains)),
                Reasons = reasons.List(),
            };
            if (await runs.ChangeAsync(closed, cancellationToken) is not null)
            {
                Telemetry.Runs.Add(1, Telemetry.Outcome("closed"));
                Log.Closed(logger, run.Date, run.Cohort, counts.GetValueOrDefault(DeliveryState.Sent), audience);
                if (closed.Distrusted)
                {
                    Log.Distrusted(logger, run.Date, run.Cohort, refused, audience);
                }

                if (closed.SoftDistrusted)
                {
                    Log.SoftDistrusted(logger, run.Date, run.Cohort, soft, audience);
                }

                return true;
            }
        }

        return await runs.GetAsync(run.Date, run.Cohort, cancellationToken) is { State: RunState.Closed };
    }

    private async Task<bool> DistrustsSoftAsync(
        Run run, long soft, IReadOnlyDictionary<DeliveryState, long> counts, CancellationToken cancellationToken) =>
        RefusalPolicy.AreTooMany(soft, counts.Values.Sum())
        || (soft > 0 && !counts.ContainsKey(DeliveryState.Sent)
            && RefusalPolicy.DistrustsRefusalOfAll(soft, await LastAnsweredAsync(run, cancellationToken)));

    /// <summary>
    /// The run of another cohort or date that closed last within a day and sent or was refused anything; null if there is none.
    /// </summary>
    private async Task<Run?> LastAnsweredAsync(Run run, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return (await runs.ListNearAsync(now, 2, cancellationToken))
            .Where(other => other.State == RunState.Closed && other.Ended > now.AddDays(-1)
                && (other.Date, other.Cohort) != (run.Date, run.Cohort))
            .Where(other => other.Refused > 0 || other.Counts.ContainsKey(DeliveryState.Sent))
            .MaxBy(other => other.Ended);
    }

    /// <summary>The control rows of the parts; null if one is not done.</summary>
    private async Task<IReadOnlyList<PartControl>?> PartsAsync(Run run, CancellationToken cancellationToken)
    {
        var parts = new List<PartControl>();

        // Parts are begun in their order, so one that is not done is found soonest from the end.
        foreach (var slice in Part.SlicesOf(run.Slices).Reverse())
        {
            if (await ControlAsync(run, slice, cancellationToken) is not { Done: true } done)
            {
                return null;
            }

            parts.Add(done);
        }

        return parts;
    }

    private async Task<PartControl?> ControlAsync(Run run, string slice, CancellationToken cancellationToken)
    {
        var part = new Part(run.Date, slice, run.Cohort);
        return await tables.GetAsync(Tables.Ledger, part.Partition, part.ControlKey, cancellationToken) is { } row
            ? PartControl.Read(row)
            : null;
    }

    private async Task<(IReadOnlyDictionary<DeliveryState, long> Counts, long Refused, long Soft, DateTimeOffset? LastSent)> CountAsync(
        Run run, ReasonCounts reasons, CancellationToken cancellationToken)
    {
        var (all, direct, softly, last) = (new Dictionary<DeliveryState, long>(), 0L, 0L, (DateTimeOffset?)null);
        await Parallel.ForEachAsync(
            Part.SlicesOf(run.Slices),
            new ParallelOptions { MaxDegreeOfParallelism = MaxParallelSlices, CancellationToken = cancellationToken },
            async (slice, stop) =>
            {
                var (counts, refused, soft, sent) = (new Dictionary<DeliveryState, long>(), 0L, 0L, (DateTimeOffset?)null);
                await foreach (var row in LedgerReader.DeliveriesAsync(tables, new Part(run.Date, slice, run.Cohort), stop))
                {
                    counts[row.State] = counts.GetValueOrDefault(row.State) + 1;
                    refused += row is { IsRefused: true, RefusedLate: false } ? 1 : 0;
                    soft += !row.IsReturned && SoftRefusals.ReasonOf(row) is not null ? 1 : 0;
                    sent = row.State == DeliveryState.Sent && !(row.At <= sent) ? row.At : sent;
                    if (row.State != DeliveryState.Sent)
                    {
                        lock (reasons)
                        {
                            reasons.Add(row);
                        }
                    }
                }

                lock (all)
                {
                    direct += refused;
                    softly += soft;
                    last = !(sent <= last) ? sent ?? last : last;
                    foreach (var (state, count) in counts)
                    {
                        all[state] = all.GetValueOrDefault(state) + count;
                    }
                }
            });
        return (all, direct, softly, last);
    }

    private static partial class Log
    {
        [LoggerMessage(321, LogLevel.Information, "Run {Date:yyyy-MM-dd} {Cohort} closed: {Sent} of {All} sent")]
        public static partial void Closed(ILogger logger, DateOnly date, string cohort, long sent, long all);

        [LoggerMessage(322, LogLevel.Error,
            "Run {Date:yyyy-MM-dd} {Cohort}: {Refused} of {All} readers were refused as unknown. That looks like a fault of the relay, "
            + "so no subscription ends for it. Look at the replies with 'status'.")]
        public static partial void Distrusted(ILogger logger, DateOnly date, string cohort, long refused, long all);

        [LoggerMessage(323, LogLevel.Warning,
            "Run {Date:yyyy-MM-dd} {Cohort}: {Refused} of {All} readers were refused for reasons that may pass. That looks like a fault of "
            + "the relay or of our reputation, so no reader is put to rest for it. Look at the replies with 'status'.")]
        public static partial void SoftDistrusted(ILogger logger, DateOnly date, string cohort, long refused, long all);
    }
}
