using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Server.Commands;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Demo;

/// <summary>Where one cohort stands today.</summary>
/// <param name="Cohort">The cohort.</param>
/// <param name="Next">When its next digest is due; null if none is within two weeks.</param>
/// <param name="Run">Today's run with its counts; null if none was begun.</param>
/// <param name="Digest">What it was sent last, today or on an earlier date; null if nothing yet.</param>
public sealed record CohortDay(Cohort Cohort, DateTimeOffset? Next, RunReport? Run, Digest? Digest)
{
    /// <summary>True while a digest is due and its delivery is not settled.</summary>
    public bool IsUnderWay { get; init; }

    /// <summary>True if somebody gets the next digest.</summary>
    public bool HasReaders { get; init; }

    /// <summary>Digests that left.</summary>
    public long Sent => Run?.Counts.GetValueOrDefault(DeliveryState.Sent) ?? 0;
}

/// <summary>Looks at the stores: where every cohort stands today.</summary>
internal sealed class DemoDay(
    CohortStore cohorts, AudienceStore audience, ReportRun report, DigestStore digests, FeedStore feeds, DeliveryOptions delivery, TimeProvider time)
{
    /// <summary>Every cohort, in the order of their keys.</summary>
    public async Task<IReadOnlyList<CohortDay>> ExecuteAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var days = new List<CohortDay>();
        foreach (var row in await cohorts.ListAsync(cancellationToken))
        {
            var cohort = row.Cohort;
            var today = Zones.LocalDate(cohort.Zone, now);
            var run = (await report.ExecuteAsync(today, cancellationToken)).FirstOrDefault(one => one.Run.Cohort == cohort.Key);
            var due = row.FirstDate <= today ? cohort.DueAt(today) : null;
            var isDue = due <= now && now - due <= delivery.CatchUp;
            var last = run is null ? row.LastDate : today;
            var next = NextDue.Of(row, now);
            days.Add(new CohortDay(
                cohort,
                next?.Due,
                run,
                last is { } date ? await digests.GetAsync(date, cohort.Key, cancellationToken) : null)
            {
                IsUnderWay = run is null ? isDue : run.Run.State is RunState.Preparing or RunState.Open,
                HasReaders = next is var (when, _) && await new CohortReaders(audience).AnyAsync(cohort, when, cancellationToken),
            });
        }

        return days;
    }

    /// <summary>The names of the feeds by id: what a story's source means to a person.</summary>
    public async Task<IReadOnlyDictionary<string, string>> SourcesAsync(CancellationToken cancellationToken) =>
        (await feeds.ListAsync(cancellationToken)).ToDictionary(feed => feed.Id, feed => feed.Name, StringComparer.Ordinal);
}
