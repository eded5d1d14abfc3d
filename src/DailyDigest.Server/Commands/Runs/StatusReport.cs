using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using DailyDigest.Calendar;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>A run as status shows it. Readers who did not get the digest are read while they are written.</summary>
internal sealed record RunStatus(
    DateOnly Date, string Cohort, RunState State, string? Why, DateTimeOffset Due, DateTimeOffset Started, DateTimeOffset Deadline,
    DateTimeOffset? Ended,
    IReadOnlyDictionary<DeliveryState, long> Counts, long NotTakenUp, int Parts, int PartsDone, bool Paused, bool Cancelled, bool Held,
    DateTimeOffset? AwaitsApprovalUntil,
    string? RelayTrouble,
    IReadOnlyList<ReasonCount> Reasons, IReadOnlyList<PartReport> OpenParts, IAsyncEnumerable<NotSentStatus> NotSent, long More);

/// <summary>A reader who did not get the digest. The address is null if the reader has been erased since.</summary>
internal sealed record NotSentStatus(
    string Id, string? Address, DeliveryState State, string? Reason, string? Reply, int Attempts, DateTimeOffset At,
    DateTimeOffset? NextTry);

/// <summary>
/// A cohort whose run of the date has not started. A cohort without readers has a run only if it is the home cohort, for the archive.
/// </summary>
internal sealed record NotBegunStatus(DateOnly Date, string Cohort, DateTimeOffset Due, bool HasReaders);

/// <summary>Gathers what status shows.</summary>
/// <param name="services">The program's services.</param>
/// <param name="limit">The maximum number of readers per run.</param>
/// <param name="after">The id after which the lists begin; null for the start.</param>
internal sealed class StatusReport(IServiceProvider services, int limit, string? after)
{
    private readonly ReportRun report = services.GetRequiredService<ReportRun>();
    private readonly RunStore runs = services.GetRequiredService<RunStore>();
    private readonly SubscriberStore subscribers = services.GetRequiredService<SubscriberStore>();

    /// <summary>
    /// True if the delivery was withheld because its reader is not active: the reader's status is then part of the reason.
    /// </summary>
    public static bool IsOfLeaver(DeliveryRow row, [NotNullWhen(true)] Subscriber? subscriber) =>
        row.State == DeliveryState.Withheld && row.Reason is not (DeliveryRow.RunCancelled or DeliveryRow.SentBefore)
            && subscriber is { Status: not SubscriberStatus.Active };

    /// <summary>The runs with their counts, in the given order.</summary>
    public async Task<IReadOnlyList<RunStatus>> RunsAsync(IReadOnlyList<Run> chosen, CancellationToken cancellationToken)
    {
        var all = new List<RunStatus>();
        foreach (var run in chosen)
        {
            all.Add(await StatusAsync(await report.OfAsync(run, cancellationToken), cancellationToken));
        }

        return all;
    }

    /// <summary>
    /// The cohorts that have a digest on the date and no run yet. Among cohorts without readers only the home cohort counts.
    /// </summary>
    public async Task<IReadOnlyList<NotBegunStatus>> NotBegunAsync(DateOnly date, Cohort? cohort, CancellationToken cancellationToken)
    {
        var waiting = new List<NotBegunStatus>();
        var readers = new CohortReaders(services.GetRequiredService<AudienceStore>());
        var home = services.GetRequiredService<Publication>().HomeCohort;
        foreach (var row in await services.GetRequiredService<CohortStore>().ListAsync(cancellationToken))
        {
            if ((cohort is null || row.Cohort == cohort) && date >= row.FirstDate && row.Cohort.DueAt(date) is { } due
                && await runs.GetAsync(date, row.Cohort.Key, cancellationToken) is null)
            {
                var any = await readers.AnyAsync(row.Cohort, date, cancellationToken);
                if (any || row.Cohort == home)
                {
                    waiting.Add(new NotBegunStatus(date, row.Cohort.Key, due, any));
                }
            }
        }

        return waiting;
    }

    /// <summary>The spans of which the store knows nothing, found within the last days.</summary>
    public async Task<IReadOnlyList<RestoreHold>> RestoredAsync(CancellationToken cancellationToken)
    {
        var since = services.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(-Run.MaxDaysBack);
        return [.. (await services.GetRequiredService<RestoreHolds>().ListAsync(cancellationToken)).Where(one => one.Found > since)];
    }

    private async Task<RunStatus> StatusAsync(RunReport one, CancellationToken cancellationToken)
    {
        var run = one.Run;
        var notSent = one.Counts.Where(pair => pair.Key != DeliveryState.Sent).Sum(pair => pair.Value) - await BeforeAsync(
            run, cancellationToken);
        return new RunStatus(
            run.Date, run.Cohort, run.State, run.Why, run.Due, run.Started, run.Deadline, run.Ended,
            one.Counts, one.NotTakenUp, one.Parts, one.PartsDone, one.Paused, run.Cancelled, run.Held,
            run.AwaitsApprovalUntil, one.Trouble,
            one.Reasons, one.OpenParts, NotSentAsync(one, cancellationToken), Math.Max(0, notSent - limit));
    }

    /// <summary>How many readers the list skips.</summary>
    private async Task<long> BeforeAsync(Run run, CancellationToken cancellationToken)
    {
        var before = 0L;
        await foreach (var row in after is null ? AsyncEnumerable.Empty<DeliveryRow>() : report.NotSentAsync(run, cancellationToken))
        {
            if (string.CompareOrdinal(row.SubscriberId, after) > 0)
            {
                break;
            }

            before++;
        }

        return before;
    }

    private async IAsyncEnumerable<NotSentStatus> NotSentAsync(RunReport one, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var listed = 0;
        await foreach (var row in report.NotSentAsync(one.Run, cancellationToken, after))
        {
            if (listed++ == limit)
            {
                yield break;
            }

            var subscriber = (await subscribers.GetAsync(row.SubscriberId, cancellationToken))?.Subscriber;
            yield return new NotSentStatus(
                row.SubscriberId, subscriber is { Address.Length: > 0 } ? subscriber.Address : null, row.State,
                IsOfLeaver(row, subscriber) ? $"{row.Reason}: {Format.Name(subscriber.Status)}"
                    : row.Reason, row.LastReply, row.Attempts, row.At, one.NextTry(row));
        }
    }
}
