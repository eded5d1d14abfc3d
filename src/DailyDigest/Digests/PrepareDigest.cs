using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Runs;
using DailyDigest.Selection;

namespace DailyDigest.Digests;

/// <summary>Selects a cohort's stories for a local date and freezes them.</summary>
public sealed class PrepareDigest(
    StoryStore stories, FeedStore feeds, DigestStore digests, SentStoryStore sent, RunStore runs, CopyPictures copyPictures,
    SelectionOptions options, TimeProvider time)
{
    private const int MaxWindowDays = 8;

    /// <summary>
    /// Returns the frozen digest of the date. If there is none, selects from the news since the cohort's last digest and freezes the
    /// result. The history is written before this returns, so that nothing that is sent is repeated later.
    /// </summary>
    public async Task<Digest> ExecuteAsync(Cohort cohort, DateOnly date, CancellationToken cancellationToken)
    {
        var digest = await digests.GetAsync(date, cohort.Key, cancellationToken)
            ?? await digests.FreezeAsync(
                await copyPictures.ExecuteAsync(
                    await ChooseAsync(cohort, date, time.GetUtcNow(), cancellationToken), cancellationToken),
                cancellationToken);
        await sent.RememberAsync(digest, cancellationToken);
        return digest;
    }

    /// <summary>Returns the digest that would be frozen now, without storing it. For previews.</summary>
    public async Task<Digest> ChooseAsync(Cohort cohort, DateOnly date, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var since = await SinceAsync(cohort, date, now, cancellationToken);
        var early = Earlier(since.AddHours(-options.LateHours), now.AddHours(-options.PinnedHours));
        var candidates = (await stories.RangeAsync(LocalDates.Utc(early), LocalDates.Utc(now).AddDays(1), cancellationToken)).Stories;
        // Stories of an older run are outside every window, so its outcome does not matter.
        var history = await sent.BeforeAsync(
            cohort.Key,
            date,
            async (by, when, cancellation) =>
                when < date.AddDays(-MaxWindowDays) || await runs.GetAsync(when, by, cancellation) is not { CountsAsSent: false },
            cancellationToken);
        var selected = SelectStories.Select(candidates, history, options, since, now);

        // Show sources by name.
        var names = await feeds.NamesAsync(cancellationToken);
        return new Digest
        {
            Date = date,
            Cohort = cohort.Key,
            FrozenAt = now,
            Items =
            [
                .. selected.Items.Select(item => item with { AlsoIn = [.. item.AlsoIn.Select(id => names.GetValueOrDefault(id, id))] }),
            ],
            Skipped = selected.TooFew,
            PassedOver = selected.PassedOver,
            ToRemember = selected.ToRemember,
        };
    }

    /// <summary>
    /// The start of the window: the cohort's last digest that reached a reader. The news of a day that was skipped, or whose run reached
    /// nobody, is left for the next digest. Without such a digest: one period of the rhythm, plus the skipped days, at most 8 days.
    /// </summary>
    private async Task<DateTimeOffset> SinceAsync(Cohort cohort, DateOnly date, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var skipped = 0;
        for (var back = 1; back <= MaxWindowDays && date.DayNumber >= back; back++)
        {
            var earlier = date.AddDays(-back);
            var run = await runs.GetAsync(earlier, cohort.Key, cancellationToken);
            if (run is not { CountsAsSent: false }
                && await digests.GetAsync(earlier, cohort.Key, cancellationToken) is { Items.Count: > 0 } last)
            {
                return last.FrozenAt;
            }

            skipped = run is null ? skipped : back;
        }

        var days = cohort.Rhythm.ToString() switch { "daily" => 1, "weekdays" => 3, _ => 7 };
        return now.AddDays(-Math.Min(days + skipped, MaxWindowDays));
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
