using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Mailing;
using DailyDigest.Reporting;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Subscribers;

namespace DailyDigest.Clock;

/// <summary>The first things that an operator wants to know.</summary>
/// <param name="Date">Today in the home zone.</param>
/// <param name="Runs">The runs of today, and those of other dates that are open or began within a day: open ones first.</param>
/// <param name="Next">The next 24 hours.</param>
/// <param name="Alerts">The things that need a person, the urgent first.</param>
public sealed record TodayReport(
    DateOnly Date, IReadOnlyList<RunStanding> Runs, IReadOnlyList<NextHour> Next, IReadOnlyList<TodayAlert> Alerts);

/// <summary>
/// Gathers today's runs, the next hours and what needs a person, from rows that are kept: runs, cohorts, parts, feeds, the state of
/// the mailbox. It reads neither the ledger's deliveries nor the audience.
/// </summary>
public sealed class LookAtToday(
    CurrentRuns current, WatchRuns watch, CohortStore cohorts, FeedStore feeds, RelayFaults faults, NoticeStore notices, ClockJumps jumps,
    RateReputation reputation, MailboxStates mailboxes, TimeProvider time, IReturnMailbox? mailbox = null)
{
    private static readonly TimeSpan Ahead = TimeSpan.FromHours(24);

    // The tick comes each minute, and a large digest takes some time to prepare.
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMinutes(10);

    /// <summary>Returns the report.</summary>
    public async Task<TodayReport> ExecuteAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var runs = await watch.ExecuteAsync(await current.ListAsync(cancellationToken), cancellationToken);
        var known = await cohorts.ListAsync(cancellationToken);
        var alerts = new List<TodayAlert>();
        if (known.Count(row => IsOverdue(row, now)) is > 0 and var overdue)
        {
            alerts.Add(new TodayAlert(TodayAlertKind.ClockStopped) { Count = overdue });
        }

        if (await jumps.FindAsync(cancellationToken) is { } jump)
        {
            alerts.Add(new TodayAlert(TodayAlertKind.ClockJumped, null, jump.ToString()) { At = jump.To });
        }

        alerts.AddRange((await faults.ListAsync(cancellationToken)).Select(
            fault => new TodayAlert(TodayAlertKind.Relay, null, fault.Reply) { Name = fault.Relay, At = fault.Since }));
        if (await notices.LateAsync(now, cancellationToken) is { Count: > 0 } late)
        {
            alerts.Add(new TodayAlert(TodayAlertKind.Notices) { Count = late.Count, At = late.Min() });
        }

        alerts.AddRange(runs.SelectMany(run => Of(run, now)));
        alerts.AddRange((await reputation.ExecuteAsync(cancellationToken)).GroupBy(one => (one.Kind, one.IsHigh)).Select(
            group => new TodayAlert(Of(group.Key.Kind, group.Key.IsHigh), null, string.Join("; ", group))));
        alerts.AddRange(await ReturnsAsync(cancellationToken));
        alerts.AddRange((await feeds.ListAsync(cancellationToken)).Where(feed => feed.IsFailing).Select(
            feed => new TodayAlert(TodayAlertKind.Feed, null, feed.LastError)
            {
                Name = feed.Name,
                Id = feed.Id,
                Count = feed.Failures,
                Problem = feed.Problem,
            }));
        return new TodayReport(
            current.Today,
            [.. runs.OrderBy(one => one.Run.IsOpen ? 0 : 1).ThenByDescending(one => one.Run.Due).ThenBy(
                one => one.Run.Cohort, StringComparer.Ordinal)],
            Next(known, now),
            [.. alerts.OrderBy(alert => alert.IsUrgent ? 0 : 1).ThenBy(alert => alert.Kind)]);
    }

    private async Task<IReadOnlyList<TodayAlert>> ReturnsAsync(CancellationToken cancellationToken)
    {
        if (mailbox is null)
        {
            return [];
        }

        var state = await mailboxes.GetAsync(mailbox.Id, cancellationToken);
        var alerts = new List<TodayAlert>();
        if (state.Fault(mailbox.Name) is not null)
        {
            alerts.Add(new TodayAlert(TodayAlertKind.Mailbox, null, state.Reply)
            {
                Name = mailbox.Name,
                Count = state.Failures,
                At = state.Since,
            });
        }

        if (state.Waiting(mailbox.Name) is not null)
        {
            alerts.Add(new TodayAlert(TodayAlertKind.Returns) { Name = mailbox.Name, Count = state.SetAside });
        }

        return alerts;
    }

    private static TodayAlertKind Of(ReputationKind kind, bool isHigh) => kind == ReputationKind.Complaints
        ? (isHigh ? TodayAlertKind.ManyComplaints : TodayAlertKind.Complaints)
        : (isHigh ? TodayAlertKind.ManyBounces : TodayAlertKind.Bounces);

    private static IEnumerable<TodayAlert> Of(RunStanding one, DateTimeOffset now)
    {
        var run = one.Run;
        if (run.IsUndecided)
        {
            yield return new TodayAlert(TodayAlertKind.Held, run) { Count = one.Waiting ?? 0 };
            yield break;
        }

        if (run.AwaitsApprovalUntil is { } until)
        {
            yield return new TodayAlert(TodayAlertKind.Approval, run) { At = until };
        }

        if (run.IsOpen && !run.Cancelled)
        {
            if (run.Deadline < now)
            {
                yield return new TodayAlert(TodayAlertKind.Late, run) { At = run.Deadline };
            }

            if (run.Paused)
            {
                yield return new TodayAlert(TodayAlertKind.Paused, run) { Count = one.Waiting ?? 0 };
            }
            else if (one.Trouble is { } trouble)
            {
                yield return new TodayAlert(TodayAlertKind.Refused, run, trouble) { At = one.NextTry, Count = one.Waiting ?? 0 };
            }
        }

        if (run is { State: RunState.Skipped, Why: not (null or Run.NoReaders) })
        {
            yield return new TodayAlert(run.Missed ? TodayAlertKind.Missed : TodayAlertKind.Skipped, run, run.Why);
        }

        if (run.Distrusted)
        {
            yield return new TodayAlert(TodayAlertKind.Distrusted, run) { Count = run.Refused };
        }

        if (run.State == RunState.Closed && run.Counts.GetValueOrDefault(DeliveryState.Held) is > 0 and var held)
        {
            yield return new TodayAlert(TodayAlertKind.InDoubt, run) { Count = held };
        }

        if (run is { State: RunState.Closed, Cancelled: false } && ForeseeAct.Missing(run) is > 0 and var missing)
        {
            yield return new TodayAlert(TodayAlertKind.Missing, run) { Count = missing };
        }
    }

    /// <summary>True if the cohort's hour of today has passed and the date is not settled.</summary>
    private static bool IsOverdue(CohortRow row, DateTimeOffset now)
    {
        var today = Zones.LocalDate(row.Cohort.Zone, now);
        return row.FirstDate <= today && !(row.LastDate >= today) && row.Cohort.DueAt(today) is { } due && due + MaxDelay < now;
    }

    private static IReadOnlyList<NextHour> Next(IReadOnlyList<CohortRow> cohorts, DateTimeOffset now) =>
    [
        .. cohorts.Select(row => (Row: row, Next: row.NextDue(now)))
            .Where(one => one.Next is { } next && next.Due - now <= Ahead && one.Row.Audience != 0)
            .GroupBy(one => one.Next!.Value.Due).OrderBy(group => group.Key)
            .Select(group => new NextHour(
                group.Key,
                [.. group.OrderByDescending(one => one.Row.Audience).Select(one => one.Row.Cohort.Key)],
                group.All(one => one.Row.Audience is null) ? null : group.Sum(one => one.Row.Audience ?? 0))),
    ];
}
