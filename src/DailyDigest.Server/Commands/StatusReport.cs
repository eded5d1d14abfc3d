using DailyDigest.Delivery;
using DailyDigest.Schedule;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>A run as status shows it.</summary>
internal sealed record RunStatus(
    DateOnly Date, string Cohort, RunState State, string? Why, DateTimeOffset Due, DateTimeOffset Started, DateTimeOffset Deadline, DateTimeOffset? Ended,
    IReadOnlyDictionary<DeliveryState, long> Counts, long NotTakenUp, int Parts, int PartsDone, bool Paused, string? RelayTrouble,
    IReadOnlyList<NotSentStatus> NotSent, long More);

/// <summary>A reader who did not get it. The address is null if the reader was erased since.</summary>
internal sealed record NotSentStatus(
    string Id, string? Address, DeliveryState State, string? Reason, string? Reply, int Attempts, DateTimeOffset At, DateTimeOffset? NextTry);

/// <summary>A cohort whose run of the date does not stand yet.</summary>
internal sealed record NotBegunStatus(DateOnly Date, string Cohort, DateTimeOffset Due);

/// <summary>Gathers what status shows.</summary>
internal sealed class StatusReport(IServiceProvider services)
{
    private const int DaysBack = 2;
    private static readonly TimeSpan Recent = TimeSpan.FromHours(24);

    private readonly ReportRun report = services.GetRequiredService<ReportRun>();
    private readonly RunStore runs = services.GetRequiredService<RunStore>();
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();

    /// <summary>
    /// The runs of the date, and on request those of other dates that are still open or were started within the last 24 hours: in other zones
    /// it is another day. Each with at most so many readers.
    /// </summary>
    public async Task<IReadOnlyList<RunStatus>> RunsAsync(DateOnly date, bool alsoRecent, int limit, CancellationToken cancellationToken)
    {
        var reports = new List<RunReport>(await report.ExecuteAsync(date, cancellationToken));
        var now = time.GetUtcNow();
        bool IsRecent(Run run) => run.State is RunState.Open or RunState.Preparing || run.Started > now - Recent;
        for (var day = -DaysBack; alsoRecent && day <= 1; day++)
        {
            var other = DateOnly.FromDateTime(now.UtcDateTime).AddDays(day);
            // A report counts the ledger: only where there is one to show.
            if (other != date && (await runs.ListAsync(other, cancellationToken)).Any(IsRecent))
            {
                reports.AddRange((await report.ExecuteAsync(other, cancellationToken)).Where(one => IsRecent(one.Run)));
            }
        }

        var all = new List<RunStatus>();
        foreach (var one in reports.OrderBy(one => one.Run.Date).ThenBy(one => one.Run.Cohort, StringComparer.Ordinal))
        {
            all.Add(await StatusAsync(one, limit, cancellationToken));
        }

        return all;
    }

    /// <summary>The cohorts that have a digest on the date and no run yet.</summary>
    public async Task<IReadOnlyList<NotBegunStatus>> NotBegunAsync(DateOnly date, CancellationToken cancellationToken)
    {
        var waiting = new List<NotBegunStatus>();
        foreach (var row in await services.GetRequiredService<CohortStore>().ListAsync(cancellationToken))
        {
            if (date >= row.FirstDate && row.Cohort.Rhythm.Includes(date) && Zones.DueAt(row.Cohort.Zone, date, row.Cohort.Hour) is { } due
                && await runs.GetAsync(date, row.Cohort.Key, cancellationToken) is null)
            {
                waiting.Add(new NotBegunStatus(date, row.Cohort.Key, due));
            }
        }

        return waiting;
    }

    private async Task<RunStatus> StatusAsync(RunReport one, int limit, CancellationToken cancellationToken)
    {
        var (run, notSent, more) = (one.Run, new List<NotSentStatus>(), 0L);
        var subscribers = services.GetRequiredService<SubscriberStore>();
        await foreach (var row in report.NotSentAsync(run, cancellationToken))
        {
            if (notSent.Count == limit)
            {
                more++;
                continue;
            }

            var subscriber = (await subscribers.GetAsync(row.SubscriberId, cancellationToken))?.Subscriber;
            notSent.Add(new NotSentStatus(
                row.SubscriberId, subscriber is { Address.Length: > 0 } ? subscriber.Address : null, row.State, row.Reason, row.Reply, row.Attempts, row.At, row.Until));
        }

        var notTakenUp = run.State == RunState.Open && Cohort.TryParse(run.Cohort, out var cohort)
            ? Math.Max(0, await services.GetRequiredService<CountAudience>().ExecuteAsync(cohort, run.Date, cancellationToken) - one.Counts.Values.Sum())
            : 0;
        return new RunStatus(
            run.Date, run.Cohort, run.State, run.Why, run.Due, run.Started, run.Deadline, run.Ended,
            one.Counts, notTakenUp, one.Parts, one.PartsDone, one.Paused, one.Trouble, notSent, more);
    }
}
