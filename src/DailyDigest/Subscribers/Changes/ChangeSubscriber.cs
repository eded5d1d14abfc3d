using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Runs;
using DailyDigest.Selection;

namespace DailyDigest.Subscribers;

/// <summary>
/// Changes a subscriber so that the audience follows, also after a crash. The steps: insert a row in Changes, write the subscriber row,
/// project the audience, delete the row in Changes. <see cref="FinishChanges"/> completes interrupted changes.
/// </summary>
public sealed class ChangeSubscriber(
    ChangeStore changes, SubscriberStore subscribers, ProjectSubscriber project, StartNextDate startNext, SentStoryStore sent,
    RunStore runs, StoryLanguages languages, TimeProvider time, Departures? departures = null, TellHooks? hooks = null)
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
        var (after, joined) = await WriteSubscriberAsync(pending, change, cancellationToken);
        if (after is not null)
        {
            await project.ExecuteAsync(after, cancellationToken);
            await (joined ? startNext.ExecuteAsync([after], null, cancellationToken) : Task.CompletedTask);
        }

        await changes.EndAsync(pending, cancellationToken);
        return after;
    }

    /// <summary>Joined is true for a subscriber who was in no cohort before.</summary>
    private async Task<(Subscriber? After, bool Joined)> WriteSubscriberAsync(
        PendingChange pending, Func<Subscriber?, Subscriber?> change, CancellationToken cancellationToken)
    {
        var noted = false;
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
                await VoidAsync(noted, pending, cancellationToken);
                return (before, false);
            }

            var after = await NextAsync(before, wanted, cancellationToken);
            await (hooks?.ExecuteAsync(before, cancellationToken) ?? Task.CompletedTask);
            await NoteChoiceAsync(before, after, cancellationToken);
            var leaves = departures is not null && await departures.BeforeAsync(pending, before, after, cancellationToken);
            noted |= leaves;
            var done = stored is null
                ? await subscribers.InsertAsync(after, cancellationToken)
                : await subscribers.UpdateAsync(stored, after, cancellationToken);
            if (done)
            {
                await VoidAsync(noted && !leaves, pending, cancellationToken);
                await (departures?.AfterAsync(before, after, cancellationToken) ?? Task.CompletedTask);
                return (after, after.Status == SubscriberStatus.Active && IsNowhere(before?.Placements ?? []));
            }
        }
    }

    /// <summary>A departure that another change prevented must not end the subscription after a restore.</summary>
    private Task VoidAsync(bool noted, PendingChange pending, CancellationToken cancellationToken) =>
        noted ? departures!.VoidAsync(pending, cancellationToken) : Task.CompletedTask;

    /// <summary>A reader who had the digest of a wider choice, and chooses less now: their digests do not repeat what it had.</summary>
    private async Task NoteChoiceAsync(Subscriber? before, Subscriber after, CancellationToken cancellationToken)
    {
        if (before is null || (before.Sections.Count == after.Sections.Count && !languages.HasChoice))
        {
            return;
        }

        var (had, chosen) = (ChoiceOf(before), ChoiceOf(after));
        if (!had.IsSameAs(chosen) && IsWider(had, chosen))
        {
            await sent.NoteJoinedAsync(
                chosen.DigestKey(after.Cohort.Key), Zones.LocalDate(before.Zone, time.GetUtcNow()), cancellationToken);
        }
    }

    private static bool IsWider(StoryChoice one, StoryChoice other) =>
        other.Wider is { } wider && (one.IsSameAs(wider) || IsWider(one, wider));

    private StoryChoice ChoiceOf(Subscriber person) => languages.Choice(person.Sections, person.StoryLanguages, person.Language);

    private async Task<Subscriber> NextAsync(Subscriber? before, Subscriber wanted, CancellationToken cancellationToken) => wanted with
    {
        Placements = wanted.Status == SubscriberStatus.Active
            ? Placements.Move(wanted.Placements, wanted.Cohort, time.GetUtcNow(), await HasBegunAsync(wanted, cancellationToken))
            : Placements.End(wanted.Placements),
        Version = (before?.Version ?? 0) + 1,
        Events = hooks is not null && await hooks.AreWantedAsync(cancellationToken)
            ? SubscriberEvent.Between(before, wanted, time.GetUtcNow()) : [],
    };

    // An operator can still start a missed date, so it does not count as begun. Only a new placement needs this check: a move never
    // starts on a date whose hour has come.
    private async Task<bool> HasBegunAsync(Subscriber wanted, CancellationToken cancellationToken) =>
        IsNowhere(wanted.Placements)
        && await HasBegunAsync(runs, wanted.Cohort, time.GetUtcNow(), cancellationToken);

    private static bool IsNowhere(IReadOnlyList<Placement> placements) => placements.All(placement => placement.Removed);

    /// <summary>True if the cohort's run of today has begun.</summary>
    internal static async Task<bool> HasBegunAsync(RunStore runs, Cohort cohort, DateTimeOffset now, CancellationToken cancellationToken) =>
        await runs.GetAsync(Zones.LocalDate(cohort.Zone, now), cohort.Key, cancellationToken) is { Missed: false };
}
