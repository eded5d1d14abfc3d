using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Subscribers;

namespace DailyDigest.Demo;

/// <summary>The state of one cohort today.</summary>
/// <param name="Cohort">The cohort.</param>
/// <param name="Next">When its next digest is due; null if none is within two weeks.</param>
/// <param name="Run">Today's run with its counts; null if none has started.</param>
/// <param name="Digest">The last digest, of today or an earlier date; null if there is none yet.</param>
public sealed record CohortDay(Cohort Cohort, DateTimeOffset? Next, RunReport? Run, Digest? Digest)
{
    /// <summary>True while a digest is due and its delivery has not ended.</summary>
    public bool IsUnderWay { get; init; }

    /// <summary>True if the next digest has readers.</summary>
    public bool HasReaders { get; init; }

    /// <summary>The number of digests sent.</summary>
    public long Sent => Run?.Counts.GetValueOrDefault(DeliveryState.Sent) ?? 0;
}

/// <summary>Reads the state of every cohort today from the stores.</summary>
internal sealed class DemoDay(
    CohortStore cohorts, AudienceStore audience, ReportRun report, DigestStore digests, FeedStore feeds, DeliveryOptions delivery,
    TimeProvider time)
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
            var next = row.NextDue(now);
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

    /// <summary>The feeds' names by id, to show a story's source.</summary>
    public Task<IReadOnlyDictionary<string, string>> SourcesAsync(CancellationToken cancellationToken) =>
        feeds.NamesAsync(cancellationToken);
}
