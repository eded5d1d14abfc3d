using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Edits;
using DailyDigest.Runs;
using DailyDigest.Selection;

namespace DailyDigest.Digests;

/// <summary>
/// Selects the stories of a cohort for a local date and freezes them: one digest for readers of all sections, and one for each set of
/// sections that a reader chose.
/// </summary>
public sealed class PrepareDigest(
    StoryStore stories, FeedStore feeds, DigestStore digests, SentStoryStore sent, RunStore runs, EditStore edits,
    CopyPictures copyPictures, SelectionOptions options, TimeProvider time)
{
    private const int MaxWindowDays = 8;

    /// <summary>
    /// Returns the frozen digest of the date. If there is none, selects from the news since the cohort's last digest and freezes the
    /// result. The history is written before this returns, so that nothing that is sent is repeated later.
    /// </summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="date">The local date.</param>
    /// <param name="cancellationToken">Stops it; it can be repeated.</param>
    /// <param name="approval">A sentence for the record: who approved it, or that nobody did; null if no approval is required.</param>
    public async Task<Digest> ExecuteAsync(
        Cohort cohort, DateOnly date, CancellationToken cancellationToken, string? approval = null)
    {
        var digest = await digests.GetAsync(date, cohort.Key, cancellationToken)
            ?? await FreezeAsync(
                await ChooseAsync(cohort, date, [], time.GetUtcNow(), cancellationToken) with { Approval = approval }, cancellationToken);
        await sent.RememberAsync(digest, cancellationToken);
        return digest;
    }

    /// <summary>
    /// Returns the frozen digest of the same date for readers of the sections. If there is none, selects it from the same pool by the same
    /// rules, as of the instant at which <paramref name="whole"/> was frozen.
    /// </summary>
    /// <param name="whole">The digest for readers of all sections.</param>
    /// <param name="sections">The chosen sections, at least one.</param>
    /// <param name="pool">The stories of <see cref="ReadPoolAsync"/> for the same digest.</param>
    /// <param name="cancellationToken">Stops it; it can be repeated.</param>
    internal async Task<Digest> ExecuteAsync(
        Digest whole, IReadOnlyList<string> sections, Func<Task<StoryPool>> pool, CancellationToken cancellationToken)
    {
        var digest = await digests.GetAsync(whole.Date, SectionSet.DigestKey(whole.Cohort, sections), cancellationToken)
            ?? await FreezeAsync(
                await ChooseAsync(CohortOf(whole), whole.Date, sections, await pool(), cancellationToken), cancellationToken);
        await sent.RememberAsync(digest, cancellationToken);
        return digest;
    }

    /// <summary>Returns the digest that would be frozen now, without storing it. For previews.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="date">The local date.</param>
    /// <param name="sections">The chosen sections; empty for all.</param>
    /// <param name="now">The instant at which it would be frozen.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Digest> ChooseAsync(
        Cohort cohort, DateOnly date, IReadOnlyList<string> sections, DateTimeOffset now, CancellationToken cancellationToken) =>
        await ChooseAsync(cohort, date, sections, await ReadPoolAsync(now, cancellationToken), cancellationToken);

    /// <summary>
    /// Reads the stories of every window that ends at the instant. All digests of a run are chosen from one pool, so that many sets of
    /// sections cost one reading.
    /// </summary>
    internal async Task<StoryPool> ReadPoolAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var candidates = (await stories.RangeAsync(FirstDay(options, now), LocalDates.Utc(now).AddDays(1), cancellationToken)).Stories;
        var names = await feeds.NamesAsync(cancellationToken);
        return new StoryPool(now, candidates, names);
    }

    /// <summary>The first UTC day of the stories of every window that ends at the instant.</summary>
    internal static DateOnly FirstDay(SelectionOptions options, DateTimeOffset now) => LocalDates.Utc(
        Earlier(now.AddDays(-MaxWindowDays).AddHours(-options.LateHours), now.AddHours(-options.PinnedHours)));

    private async Task<Digest> FreezeAsync(Digest digest, CancellationToken cancellationToken) =>
        await digests.FreezeAsync(await copyPictures.ExecuteAsync(digest, cancellationToken), cancellationToken);

    private async Task<Digest> ChooseAsync(
        Cohort cohort, DateOnly date, IReadOnlyList<string> sections, StoryPool pool, CancellationToken cancellationToken)
    {
        var since = await SinceAsync(cohort, date, sections, pool.Now, cancellationToken);
        var history = SentHistory.From(await HistoryAsync(cohort, date, sections, cancellationToken), date);
        var edited = await edits.GetAsync(date, cancellationToken);
        var selected = SelectStories.Select(
            pool.Stories, history, options, since, pool.Now, sections, new SelectionEdits(edited, cohort.Rhythm.ToString()));
        return new Digest
        {
            Date = date,
            Cohort = cohort.Key,
            Sections = sections,
            FrozenAt = pool.Now,
            Items =
            [
                // Show sources by name.
                .. selected.Items.Select(item => item with
                {
                    AlsoIn = [.. item.AlsoIn.Select(id => pool.SourceNames.GetValueOrDefault(id, id))],
                }),
            ],
            Skipped = selected.TooFew,
            Texts = sections.Count == 0 ? edited.Texts : Digest.NoTexts,
            PassedOver = selected.PassedOver,
            ToRemember = selected.ToRemember,
        };
    }

    /// <summary>
    /// The stories that the readers were sent. Readers of sections have a history of their own. For a date without a digest of their
    /// sections the cohort's history counts: a reader who chooses them from now on was sent that. It counts for every date until the last
    /// one on which such a reader came to a set that others had chosen.
    /// </summary>
    private async Task<IEnumerable<SentStory>> HistoryAsync(
        Cohort cohort, DateOnly date, IReadOnlyList<string> sections, CancellationToken cancellationToken)
    {
        var key = SectionSet.DigestKey(cohort.Key, sections);
        var own = await sent.BeforeAsync(key, cohort.Key, date, CountsAsync, cancellationToken);
        if (sections.Count == 0)
        {
            return own;
        }

        var joined = await sent.JoinedAsync(key, cancellationToken);
        return own.Concat(await sent.BeforeAsync(
            cohort.Key,
            cohort.Key,
            date,
            async (by, when, cancellation) => await CountsAsync(by, when, cancellation)
                && (when <= joined || !IsRecent(when)
                    || !await digests.ExistsAsync(when, SectionSet.DigestKey(by, sections), cancellation)),
            cancellationToken));

        // Stories of an older run are outside every window, so its outcome does not matter.
        async Task<bool> CountsAsync(string by, DateOnly when, CancellationToken cancellation) =>
            when < date.AddDays(-MaxWindowDays) || await runs.GetAsync(when, by, cancellation) is not { CountsAsSent: false };

        // Later, only the same story counts, not another one with the same title.
        bool IsRecent(DateOnly when) => when >= date.AddDays(-SentHistory.TitleDays);
    }

    /// <summary>
    /// The start of the window: the readers' last digest that reached a reader. The news of a day that was skipped, or whose run reached
    /// nobody, is left for the next digest. Without such a digest: one period of the rhythm, plus the skipped days, at most 8 days.
    /// </summary>
    private async Task<DateTimeOffset> SinceAsync(
        Cohort cohort, DateOnly date, IReadOnlyList<string> sections, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var skipped = 0;
        for (var back = 1; back <= MaxWindowDays && date.DayNumber >= back; back++)
        {
            var earlier = date.AddDays(-back);
            var run = await runs.GetAsync(earlier, cohort.Key, cancellationToken);
            if (run is not { CountsAsSent: false }
                && await LastAsync(cohort, earlier, sections, cancellationToken) is { Items.Count: > 0 } last)
            {
                return last.FrozenAt;
            }

            skipped = run is null ? skipped : back;
        }

        var days = cohort.Rhythm.ToString() switch { "daily" => 1, "weekdays" => 3, _ => 7 };
        return now.AddDays(-Math.Min(days + skipped, MaxWindowDays));
    }

    /// <summary>The digest of the sections; if nobody had chosen them on that date, the digest of all.</summary>
    private async Task<Digest?> LastAsync(
        Cohort cohort, DateOnly date, IReadOnlyList<string> sections, CancellationToken cancellationToken) =>
        await digests.GetAsync(date, SectionSet.DigestKey(cohort.Key, sections), cancellationToken)
            ?? (sections.Count == 0 ? null : await digests.GetAsync(date, cohort.Key, cancellationToken));

    private static Cohort CohortOf(Digest digest) => Cohort.TryParse(digest.Cohort, out var cohort)
        ? cohort
        : throw new InvalidOperationException($"The digest of {digest.Date.Text()} has no cohort.");

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}

/// <summary>The stories from which the digests of a run are chosen.</summary>
/// <param name="Now">The instant at which the windows end.</param>
/// <param name="Stories">The stories of the windows, and older ones that are passed over.</param>
/// <param name="SourceNames">The names of sources, by id.</param>
internal sealed record StoryPool(DateTimeOffset Now, IReadOnlyList<Story> Stories, IReadOnlyDictionary<string, string> SourceNames);
