using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Clock;

/// <summary>The result of a tick.</summary>
/// <param name="Started">Runs that were begun.</param>
/// <param name="Swept">Hints that were enqueued again.</param>
/// <param name="NextDue">When the next cohort is due; null if none is within two days.</param>
public sealed record TickReport(IReadOnlyList<Run> Started, int Swept, DateTimeOffset? NextDue);

/// <summary>
/// One tick of the clock, every minute or every few: finishes interrupted changes, begins what is due, restarts what has stalled. Stateless
/// and repeatable: run twice at once, twice in a row or hours late, there is one run per cohort and local date.
/// </summary>
public sealed partial class Tick(
    CohortStore cohorts, StartRun startRun, Sweep sweep, FinishChanges finishChanges, Purge purge, ClockJumps clock,
    Publication publication, DeliveryOptions options, TimeProvider time, ILogger<Tick> logger)
{
    // Every day of an outage gets a record, as far back as records are kept.
    private int DaysBack => Math.Min(90, options.KeepDays - 1);

    /// <summary>
    /// Runs one tick. A failure of one cohort does not stop the others; it is logged, and thrown at the end so that the head sees it.
    /// </summary>
    public async Task<TickReport> ExecuteAsync(CancellationToken cancellationToken)
    {
        using var activity = Telemetry.Source.StartActivity("tick");
        try
        {
            var report = await TickAsync(cancellationToken);
            Telemetry.Ticks.Add(1, Telemetry.Outcome(Telemetry.Done));
            return report;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Telemetry.Ticks.Add(1, Telemetry.Outcome(Telemetry.Failed));
            throw;
        }
    }

    private async Task<TickReport> TickAsync(CancellationToken cancellationToken)
    {
        var started = new List<Run>();
        DateTimeOffset? nextDue = null;
        var troubles = new List<Exception>();
        try
        {
            await clock.LookAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            troubles.Add(exception);
        }

        try
        {
            await finishChanges.ExecuteAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // No reader was answered "done" for an interrupted change; the readers of all cohorts do not wait for it.
            Log.Unfinished(logger, exception);
            troubles.Add(exception);
        }

        await cohorts.EnsureAsync(publication.HomeCohort, cancellationToken);
        foreach (var cohort in await cohorts.ListAsync(cancellationToken))
        {
            try
            {
                var next = await BeginDueAsync(cohort, started, cancellationToken);
                nextDue = nextDue is null || next < nextDue ? next ?? nextDue : nextDue;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.Trouble(logger, cohort.Cohort.Key, exception);
                troubles.Add(exception);
            }
        }

        var swept = await sweep.ExecuteAsync(cancellationToken);
        try
        {
            await purge.ExecuteAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.Unpurged(logger, exception);
            troubles.Add(exception);
        }

        return troubles.Count == 0 ? new TickReport(started, swept, nextDue) : throw new AggregateException(troubles);
    }

    /// <summary>Begins or records every date of the cohort that is due and not settled. Returns when the next one is due.</summary>
    private async Task<DateTimeOffset?> BeginDueAsync(CohortRow row, List<Run> started, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var cohort = row.Cohort;
        var today = Zones.LocalDate(cohort.Zone, now);
        var date = row.LastDate is { } last && last < DateOnly.MaxValue ? last.AddDays(1) : row.FirstDate;
        if (date < today.AddDays(-DaysBack))
        {
            date = today.AddDays(-DaysBack);
        }

        DateOnly? settled = null;
        for (; date <= today.AddDays(1); date = date.AddDays(1))
        {
            // A date that does not exist in the zone, or is not in the rhythm, is passed over.
            if (cohort.DueAt(date) is { } due)
            {
                if (due > now)
                {
                    await SettleAsync(row, settled, cancellationToken);
                    return due;
                }

                if (now - due > options.CatchUp)
                {
                    var late = string.Create(
                        CultureInfo.InvariantCulture,
                        $"the service was not running at {due:yyyy-MM-dd HH:mm} UTC "
                        + $"or within {options.CatchUp.TotalHours:0.#} hours after it");
                    await startRun.SkipAsync(cohort, date, due, late, cancellationToken);
                }
                else
                {
                    started.Add(await startRun.ExecuteAsync(cohort, date, due, cancellationToken));
                }
            }
            else if (date > today)
            {
                break;
            }

            settled = date;
        }

        await SettleAsync(row, settled, cancellationToken);
        return null;
    }

    private async Task SettleAsync(CohortRow row, DateOnly? settled, CancellationToken cancellationToken)
    {
        if (settled is { } date && date != row.LastDate)
        {
            await cohorts.SettleAsync(row, date, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(213, LogLevel.Error, "Deleting what is older than it is kept failed; the next tick tries again")]
        public static partial void Unpurged(ILogger logger, Exception exception);

        [LoggerMessage(211, LogLevel.Error, "The run of {Cohort} could not be begun; the next tick tries again")]
        public static partial void Trouble(ILogger logger, string cohort, Exception exception);

        [LoggerMessage(212, LogLevel.Error, "Interrupted changes of subscribers could not be finished; the next tick tries again")]
        public static partial void Unfinished(ILogger logger, Exception exception);
    }
}
