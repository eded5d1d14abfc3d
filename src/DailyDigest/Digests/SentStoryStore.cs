using DailyDigest.Calendar;
using DailyDigest.Selection;
using DailyDigest.Storage;

namespace DailyDigest.Digests;

/// <summary>
/// The stories that readers were sent. Table SentStories: partition = cohort, or cohort and choice (<see cref="Digest.Key"/>), row =
/// story id. Written before anything is sent.
/// </summary>
public sealed class SentStoryStore(ITableStore tables)
{
    // Sorts before every story id.
    private const string JoinedKey = "!joined";

    /// <summary>Days for which a story is kept; older rows are deleted when the history is read.</summary>
    public const int Days = 90;

    /// <summary>
    /// Returns the rows of the history with that key before the date. Rows of the cohort's own digest of the date do not count, so that
    /// freezing is repeatable. Rows for whose cohort and date <paramref name="counts"/> returns false do not count either, such as those of
    /// a run that reached nobody. They are not deleted: if an operator later sends that run, its rows count again.
    /// </summary>
    internal async Task<IReadOnlyList<SentStory>> BeforeAsync(
        string key, string cohort, DateOnly date, Func<string, DateOnly, CancellationToken, Task<bool>> counts,
        CancellationToken cancellationToken)
    {
        var sent = new List<SentStory>();
        var counting = new Dictionary<(string, DateOnly), bool>();
        var old = new List<string>();
        await foreach (var row in tables.ScanAsync(Tables.SentStories, key, RowRange.All, cancellationToken))
        {
            if (row.Date("date") is not { } when || when < date.AddDays(-Days))
            {
                old.Add(row.Key);
            }
            else if (!IsOf(row, cohort, date) && row.Text("cluster") is { } cluster && await CountsAsync(row.Text("by") ?? cohort, when))
            {
                sent.Add(new SentStory(
                    row.Key, cluster, row.Text("url") ?? "", row.Text("title") ?? "", row.Text("summary") ?? "",
                    row.Text("source") ?? "", when));
            }
        }

        await DeleteAsync(key, old, cancellationToken);
        return sent;

        async Task<bool> CountsAsync(string by, DateOnly when)
        {
            if (!counting.TryGetValue((by, when), out var known))
            {
                counting[(by, when)] = known = await counts(by, when, cancellationToken);
            }

            return known;
        }
    }

    /// <summary>The ids of the stories of the history with that key, with the date of the digest that had them.</summary>
    internal async Task<IReadOnlyList<(string Story, DateOnly Date)>> ListAsync(string key, CancellationToken cancellationToken)
    {
        var sent = new List<(string, DateOnly)>();
        await foreach (var row in tables.ScanAsync(Tables.SentStories, key, RowRange.All, cancellationToken))
        {
            if (row.Key != JoinedKey && row.Date("date") is { } date)
            {
                sent.Add((row.Key, date));
            }
        }

        return sent;
    }

    /// <summary>The date of the digest with that key that had the story; null if none had it.</summary>
    internal async Task<DateOnly?> DateAsync(string key, string story, CancellationToken cancellationToken) =>
        (await tables.GetAsync(Tables.SentStories, key, story, cancellationToken))?.Date("date");

    /// <summary>Adds the stories of the frozen digest. Repeatable.</summary>
    internal async Task RememberAsync(Digest digest, CancellationToken cancellationToken)
    {
        foreach (var batch in digest.ToRemember.DistinctBy(story => story.StoryId).Chunk(TableRules.MaxBatch))
        {
            await tables.WriteAsync(
                Tables.SentStories,
                digest.Key,
                [.. batch.Select(story => TableWrite.Upsert(new TableRow(story.StoryId)
                {
                    { "date", digest.Date.Text() },
                    { "by", digest.Cohort },
                    { "cluster", story.Cluster },
                    { "url", story.Url },
                    { "title", story.Title },
                    { "summary", story.Summary },
                    { "source", story.Source },
                }))],
                cancellationToken);
        }
    }

    /// <summary>
    /// Records that a reader of a wider choice reads the digests with that key from now on, and may have had everything of the wider choice
    /// until the date.
    /// </summary>
    internal Task NoteJoinedAsync(string key, DateOnly date, CancellationToken cancellationToken) => tables.WriteAsync(
        Tables.SentStories, key, TableWrite.Upsert(new TableRow(JoinedKey) { { "date", date.Text() } }), cancellationToken);

    /// <summary>The last date that was recorded so; null if there is none.</summary>
    internal async Task<DateOnly?> JoinedAsync(string key, CancellationToken cancellationToken) =>
        (await tables.GetAsync(Tables.SentStories, key, JoinedKey, cancellationToken))?.Date("date");

    /// <summary>
    /// True for a row of the cohort's own digest of the date. Rows copied from a reader's former cohort name that cohort.
    /// </summary>
    private static bool IsOf(TableRow row, string cohort, DateOnly date) =>
        row.Date("date") == date && (row.Text("by") ?? cohort) == cohort;

    private async Task DeleteAsync(string key, List<string> rows, CancellationToken cancellationToken)
    {
        foreach (var row in rows)
        {
            await tables.WriteAsync(Tables.SentStories, key, TableWrite.Delete(row), cancellationToken);
        }
    }
}
