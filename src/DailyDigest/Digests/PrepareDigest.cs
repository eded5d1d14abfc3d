using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Edits;
using DailyDigest.Runs;
using DailyDigest.Selection;

namespace DailyDigest.Digests;

/// <summary>
/// Selects the stories of a cohort for a local date and freezes them: one digest for readers of all stories, and one for each choice of
/// sections and languages that a reader has.
/// </summary>
public sealed class PrepareDigest(
    StoryStore stories, FeedStore feeds, DigestStore digests, SentStoryStore sent, RunStore runs, EditStore edits,
    CopyPictures copyPictures, SelectionOptions options, StoryLanguages languages, TimeProvider time)
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
                await ChooseAsync(cohort, date, StoryChoice.All, time.GetUtcNow(), cancellationToken) with { Approval = approval },
                cancellationToken);
        await sent.RememberAsync(digest, cancellationToken);
        return digest;
    }

    /// <summary>
    /// Returns the frozen digest of the same date for readers of the choice. If there is none, selects it from the same pool by the same
    /// rules, as of the instant at which <paramref name="whole"/> was frozen.
    /// </summary>
    /// <param name="whole">The digest for readers of all stories.</param>
    /// <param name="choice">Some of the stories.</param>
    /// <param name="pool">The stories of <see cref="ReadPoolAsync"/> for the same digest.</param>
    /// <param name="cancellationToken">Stops it; it can be repeated.</param>
    internal async Task<Digest> ExecuteAsync(
        Digest whole, StoryChoice choice, Func<Task<StoryPool>> pool, CancellationToken cancellationToken)
    {
        var digest = await digests.GetAsync(whole.Date, choice.DigestKey(whole.Cohort), cancellationToken)
            ?? await FreezeAsync(
                await ChooseAsync(CohortOf(whole), whole.Date, choice, await pool(), cancellationToken) with { Approval = whole.Approval },
                cancellationToken);
        await sent.RememberAsync(digest, cancellationToken);
        return digest;
    }

    /// <summary>
    /// Returns the digests of the same date for readers of each language alone; none if readers cannot choose a language. Freezes those
    /// that are missing.
    /// </summary>
    internal async Task<IReadOnlyList<Digest>> EachLanguageAsync(Digest whole, CancellationToken cancellationToken)
    {
        Task<StoryPool>? pool = null;
        var each = new List<Digest>();
        foreach (var choice in languages.Each)
        {
            each.Add(await ExecuteAsync(
                whole, choice, () => pool ??= ReadPoolAsync(whole.FrozenAt, cancellationToken), cancellationToken));
        }

        return each;
    }

    /// <summary>Returns the digest that would be frozen now, without storing it. For previews.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="date">The local date.</param>
    /// <param name="choice">The choice of its readers.</param>
    /// <param name="now">The instant at which it would be frozen.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Digest> ChooseAsync(
        Cohort cohort, DateOnly date, StoryChoice choice, DateTimeOffset now, CancellationToken cancellationToken) =>
        await ChooseAsync(cohort, date, choice, await ReadPoolAsync(now, cancellationToken), cancellationToken);

    /// <summary>Returns the digest that would be frozen now if editors had decided so. Nothing is stored.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="choice">The choice of its readers.</param>
    /// <param name="tried">The decisions, for their date.</param>
    /// <param name="limits">False for a digest of any number of stories.</param>
    /// <param name="now">The instant at which it would be frozen.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal async Task<Digest> TryAsync(
        Cohort cohort, StoryChoice choice, DayEdits tried, bool limits, DateTimeOffset now, CancellationToken cancellationToken) =>
        await ChooseAsync(
            cohort, tried.Date, choice, await ReadPoolAsync(now, cancellationToken), tried, limits ? options : options.WithoutLimits(),
            cancellationToken);

    /// <summary>
    /// Reads the stories of every window that ends at the instant. All digests of a run are chosen from one pool, so that many choices cost
    /// one reading.
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

    /// <summary>Returns the digest that would be frozen from the pool, without storing it.</summary>
    internal async Task<Digest> ChooseAsync(
        Cohort cohort, DateOnly date, StoryChoice choice, StoryPool pool, CancellationToken cancellationToken) =>
        await ChooseAsync(cohort, date, choice, pool, await edits.GetAsync(date, cancellationToken), options, cancellationToken);

    private async Task<Digest> ChooseAsync(
        Cohort cohort, DateOnly date, StoryChoice choice, StoryPool pool, DayEdits edited, SelectionOptions within,
        CancellationToken cancellationToken)
    {
        var since = await SinceAsync(cohort, date, choice, pool.Now, cancellationToken);
        var history = SentHistory.From(await HistoryAsync(cohort, date, choice, cancellationToken), date);
        var selected = SelectStories.Select(
            pool.Stories, history, within, since, pool.Now, choice, languages, new SelectionEdits(edited, cohort.Rhythm.ToString()));
        return new Digest
        {
            Date = date,
            Cohort = cohort.Key,
            Sections = choice.Sections,
            Languages = choice.Languages,
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
            Texts = choice.Sections.Count == 0 ? edited.Texts : Digest.NoTexts,
            PassedOver = selected.PassedOver,
            ToRemember = selected.ToRemember,
        };
    }

    /// <summary>
    /// The stories that the readers were sent. Each choice has a history of its own. For a date without a digest of the choice the history
    /// of the wider choice counts: a reader who makes this choice from now on was sent that. It counts for every date until the last one on
    /// which such a reader came to a choice that others had made.
    /// </summary>
    private Task<IEnumerable<SentStory>> HistoryAsync(
        Cohort cohort, DateOnly date, StoryChoice choice, CancellationToken cancellationToken)
    {
        return OfAsync(choice, CountsAsync);

        async Task<IEnumerable<SentStory>> OfAsync(StoryChoice of, Func<string, DateOnly, CancellationToken, Task<bool>> counts)
        {
            var key = of.DigestKey(cohort.Key);
            var own = await sent.BeforeAsync(key, cohort.Key, date, counts, cancellationToken);
            if (of.Wider is not { } wider)
            {
                return own;
            }

            var joined = await sent.JoinedAsync(key, cancellationToken);
            return own.Concat(await OfAsync(
                wider,
                async (by, when, cancellation) => await counts(by, when, cancellation)
                    && (when <= joined || !IsRecent(when) || !await digests.ExistsAsync(when, of.DigestKey(by), cancellation))));
        }

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
        Cohort cohort, DateOnly date, StoryChoice choice, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var skipped = 0;
        for (var back = 1; back <= MaxWindowDays && date.DayNumber >= back; back++)
        {
            var earlier = date.AddDays(-back);
            var run = await runs.GetAsync(earlier, cohort.Key, cancellationToken);
            if (run is not { CountsAsSent: false }
                && await LastAsync(cohort, earlier, choice, cancellationToken) is { Items.Count: > 0 } last)
            {
                return last.FrozenAt;
            }

            skipped = run is null ? skipped : back;
        }

        var days = cohort.Rhythm.ToString() switch { "daily" => 1, "weekdays" => 3, _ => 7 };
        return now.AddDays(-Math.Min(days + skipped, MaxWindowDays));
    }

    /// <summary>The digest of the choice; if nobody had made it on that date, that of the wider choice.</summary>
    private async Task<Digest?> LastAsync(Cohort cohort, DateOnly date, StoryChoice choice, CancellationToken cancellationToken) =>
        await digests.GetAsync(date, choice.DigestKey(cohort.Key), cancellationToken)
            ?? (choice.Wider is { } wider ? await LastAsync(cohort, date, wider, cancellationToken) : null);

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
