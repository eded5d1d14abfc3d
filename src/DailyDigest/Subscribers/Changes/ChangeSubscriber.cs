using DailyDigest.Calendar;
using DailyDigest.Runs;

namespace DailyDigest.Subscribers;

/// <summary>
/// Changes a subscriber so that the audience follows, also after a crash. The steps: insert a row in Changes, write the subscriber row,
/// project the audience, delete the row in Changes. <see cref="FinishChanges"/> completes interrupted changes.
/// </summary>
public sealed class ChangeSubscriber(
    ChangeStore changes, SubscriberStore subscribers, ProjectSubscriber project, RunStore runs, TimeProvider time,
    Departures? departures = null)
{
    private static readonly TimeSpan RenewAfter = FinishChanges.MinAge / 2;

    /// <summary>
    /// Applies <paramref name="change"/> to the subscriber. The function gets null if there is no such subscriber, returns null to change
    /// nothing, and may be called again after a concurrent change. This method sets placements and version. It projects the audience even
    /// if nothing changed, so that an interrupted earlier change is complete. Returns the subscriber afterwards; null if there is none.
    /// </summary>
    public async Task<Subscriber?> ExecuteAsync(string id, Func<Subscriber?, Subscriber?> change, CancellationToken cancellationToken)
    {
        var pending = await changes.BeginAsync(id, isErasure: false, cancellationToken);
        var after = await WriteSubscriberAsync(pending, change, cancellationToken);
        if (after is not null)
        {
            await project.ExecuteAsync(after, cancellationToken);
        }

        await changes.EndAsync(pending, cancellationToken);
        return after;
    }

    private async Task<Subscriber?> WriteSubscriberAsync(
        PendingChange pending, Func<Subscriber?, Subscriber?> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (time.GetUtcNow() - pending.StartedAt > RenewAfter)
            {
                pending = await changes.RenewAsync(pending, cancellationToken);
            }

            var stored = await subscribers.GetAsync(pending.SubscriberId, cancellationToken);
            var before = stored?.Subscriber;
            if (change(before) is not { } wanted)
            {
                return before;
            }

            var after = await NextAsync(before, wanted, cancellationToken);
            await (departures?.BeforeAsync(before, after, cancellationToken) ?? Task.CompletedTask);
            var done = stored is null
                ? await subscribers.InsertAsync(after, cancellationToken)
                : await subscribers.UpdateAsync(after, stored.ETag, cancellationToken);
            if (done)
            {
                await (departures?.AfterAsync(before, after, cancellationToken) ?? Task.CompletedTask);
                return after;
            }
        }
    }

    private async Task<Subscriber> NextAsync(Subscriber? before, Subscriber wanted, CancellationToken cancellationToken) => wanted with
    {
        Placements = wanted.Status == SubscriberStatus.Active
            ? Placements.Move(wanted.Placements, wanted.Cohort, time.GetUtcNow(), await HasBegunAsync(wanted, cancellationToken))
            : Placements.End(wanted.Placements),
        Version = (before?.Version ?? 0) + 1,
    };

    // An operator can still start a missed date, so it does not count as begun. Only a new placement needs this check: a move never
    // starts on a date whose hour has come.
    private async Task<bool> HasBegunAsync(Subscriber wanted, CancellationToken cancellationToken) =>
        wanted.Placements.All(placement => placement.Removed)
        && await HasBegunAsync(runs, wanted.Cohort, time.GetUtcNow(), cancellationToken);

    /// <summary>True if the cohort's run of today has begun.</summary>
    internal static async Task<bool> HasBegunAsync(RunStore runs, Cohort cohort, DateTimeOffset now, CancellationToken cancellationToken) =>
        await runs.GetAsync(Zones.LocalDate(cohort.Zone, now), cohort.Key, cancellationToken) is { Missed: false };
}
