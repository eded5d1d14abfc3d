using DailyDigest.Calendar;
using DailyDigest.Runs;

namespace DailyDigest.Subscribers;

/// <summary>
/// Changes a subscriber so that the audience follows whatever crashes: a row in Changes, the truth, the audience, and the row in Changes goes.
/// What a process leaves half done, <see cref="FinishChanges"/> finishes.
/// </summary>
public sealed class ChangeSubscriber(ChangeStore changes, SubscriberStore subscribers, ProjectSubscriber project, RunStore runs, TimeProvider time)
{
    private static readonly TimeSpan Slow = FinishChanges.Age / 2;

    /// <summary>
    /// Applies <paramref name="change"/> to the truth. It is given null when there is no such subscriber, returns null to leave everything as it is, and
    /// may be called again when somebody else changed the subscriber meanwhile. Placements and version are set here. The audience is made to agree
    /// also when the truth was right already, so that what is said to be done is done. Returns the truth afterwards; null if there is none.
    /// </summary>
    public async Task<Subscriber?> ExecuteAsync(string id, Func<Subscriber?, Subscriber?> change, CancellationToken cancellationToken)
    {
        var pending = await changes.BeginAsync(id, erases: false, cancellationToken);
        var after = await WriteTruthAsync(pending, change, cancellationToken);
        if (after is not null)
        {
            await project.ExecuteAsync(after, cancellationToken);
        }

        await changes.EndAsync(pending, cancellationToken);
        return after;
    }

    private async Task<Subscriber?> WriteTruthAsync(PendingChange pending, Func<Subscriber?, Subscriber?> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (time.GetUtcNow() - pending.Begun > Slow)
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
            var done = stored is null
                ? await subscribers.InsertAsync(after, cancellationToken)
                : await subscribers.UpdateAsync(after, stored.ETag, cancellationToken);
            if (done)
            {
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

    // A date that was missed may still be begun, at an operator's word. Asked only for who joins: a move never begins with a date whose hour has come.
    private async Task<bool> HasBegunAsync(Subscriber wanted, CancellationToken cancellationToken) =>
        wanted.Placements.All(placement => placement.Removed)
        && await runs.GetAsync(Zones.LocalDate(wanted.Zone, time.GetUtcNow()), wanted.Cohort.Key, cancellationToken) is { Missed: false };
}
