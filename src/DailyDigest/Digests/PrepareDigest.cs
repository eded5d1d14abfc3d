using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Runs;
using DailyDigest.Selection;

namespace DailyDigest.Digests;

/// <summary>Chooses a cohort's stories for a local date and freezes them.</summary>
public sealed class PrepareDigest(
    StoryStore stories, FeedStore feeds, DigestStore digests, SentStoryStore sent, RunStore runs, SelectionOptions options, TimeProvider time)
{
    private const int LongestWindowDays = 8;

    /// <summary>
    /// Returns the frozen digest of the date, choosing and freezing it if there is none: the news since the cohort's last digest. Its history is
    /// written before this returns, so that whatever is sent afterwards is never repeated.
    /// </summary>
    public async Task<Digest> ExecuteAsync(Cohort cohort, DateOnly date, CancellationToken cancellationToken)
    {
        var digest = await digests.GetAsync(date, cohort.Key, cancellationToken)
            ?? await digests.FreezeAsync(await ChooseAsync(cohort, date, time.GetUtcNow(), cancellationToken), cancellationToken);
        await sent.RememberAsync(digest, cancellationToken);
        return digest;
    }

    /// <summary>What would be chosen now; nothing is stored. For previews.</summary>
    public async Task<Digest> ChooseAsync(Cohort cohort, DateOnly date, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var since = await SinceAsync(cohort, date, now, cancellationToken);
        var early = Earlier(since.AddHours(-options.LateHours), now.AddHours(-options.PinnedHours));
        var candidates = (await stories.RangeAsync(UtcDate(early), UtcDate(now).AddDays(1), cancellationToken)).Stories;
        // A run of longer ago leaves nothing behind that could still be chosen.
        var history = await sent.BeforeAsync(
            cohort.Key,
            date,
            async (by, when, cancellation) => when < date.AddDays(-LongestWindowDays) || await runs.GetAsync(when, by, cancellation) is not { Told: false },
            cancellationToken);
        var selected = SelectStories.Select(candidates, history, options, since, now);

        // Readers and editors know sources by name.
        var names = (await feeds.ListAsync(cancellationToken)).ToDictionary(feed => feed.Id, feed => feed.Name);
        return new Digest
        {
            Date = date,
            Cohort = cohort.Key,
            FrozenAt = now,
            Items = [.. selected.Items.Select(item => item with { AlsoIn = [.. item.AlsoIn.Select(id => names.GetValueOrDefault(id, id))] })],
            Skipped = selected.TooFew,
            PassedOver = selected.PassedOver,
            ToRemember = selected.ToRemember,
        };
    }

    /// <summary>
    /// The news since the cohort's last digest that told anybody anything. A day that was skipped, or whose run reached nobody, leaves its news to
    /// the next. Where there was none, one whole rhythm back, and as many days more as were skipped; never more than eight days.
    /// </summary>
    private async Task<DateTimeOffset> SinceAsync(Cohort cohort, DateOnly date, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var skipped = 0;
        for (var back = 1; back <= LongestWindowDays && date.DayNumber >= back; back++)
        {
            var earlier = date.AddDays(-back);
            var run = await runs.GetAsync(earlier, cohort.Key, cancellationToken);
            if (run is not { Told: false } && await digests.GetAsync(earlier, cohort.Key, cancellationToken) is { Items.Count: > 0 } last)
            {
                return last.FrozenAt;
            }

            skipped = run is null ? skipped : back;
        }

        var days = cohort.Rhythm.ToString() switch { "daily" => 1, "weekdays" => 3, _ => 7 };
        return now.AddDays(-Math.Min(days + skipped, LongestWindowDays));
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateOnly UtcDate(DateTimeOffset instant) => DateOnly.FromDateTime(instant.UtcDateTime);
}
