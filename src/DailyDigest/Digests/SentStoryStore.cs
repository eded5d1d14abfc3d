using DailyDigest.Calendar;
using DailyDigest.Selection;
using DailyDigest.Storage;

namespace DailyDigest.Digests;

/// <summary>
/// The stories that each cohort was sent. Table SentStories: partition = cohort, row = story id. Written before anything is sent.
/// </summary>
public sealed class SentStoryStore(ITableStore tables)
{
    /// <summary>Days for which a story is kept; older rows are deleted when the history is read.</summary>
    public const int Days = 90;

    /// <summary>
    /// Returns the cohort's history before the date. Rows of its own digest of the date do not count, so that freezing is repeatable. Rows
    /// of a run that reached nobody do not count either; <paramref name="isTold"/> returns false for its cohort and date. They are not
    /// deleted: if an operator later sends that run, its rows count again.
    /// </summary>
    internal async Task<SentHistory> BeforeAsync(
        string cohort, DateOnly date, Func<string, DateOnly, CancellationToken, Task<bool>> isTold, CancellationToken cancellationToken)
    {
        var sent = new List<SentStory>();
        var told = new Dictionary<(string, DateOnly), bool>();
        var old = new List<string>();
        await foreach (var row in tables.ScanAsync(Tables.SentStories, cohort, RowRange.All, cancellationToken))
        {
            if (row.Date("date") is not { } when || when < date.AddDays(-Days))
            {
                old.Add(row.Key);
            }
            else if (!IsOf(row, cohort, date) && row.Text("cluster") is { } cluster && await IsToldAsync(row.Text("by") ?? cohort, when))
            {
                sent.Add(new SentStory(
                    row.Key, cluster, row.Text("url") ?? "", row.Text("title") ?? "", row.Text("summary") ?? "",
                    row.Text("source") ?? "", when));
            }
        }

        await DeleteAsync(cohort, old, cancellationToken);
        return SentHistory.From(sent, date);

        async Task<bool> IsToldAsync(string by, DateOnly when)
        {
            if (!told.TryGetValue((by, when), out var known))
            {
                told[(by, when)] = known = await isTold(by, when, cancellationToken);
            }

            return known;
        }
    }

    /// <summary>Adds the stories of the frozen digest. Repeatable.</summary>
    internal async Task RememberAsync(Digest digest, CancellationToken cancellationToken)
    {
        foreach (var batch in digest.ToRemember.DistinctBy(story => story.StoryId).Chunk(TableRules.MaxBatch))
        {
            await tables.WriteAsync(
                Tables.SentStories,
                digest.Cohort,
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
    /// True for a row of the cohort's own digest of the date. Rows copied from a reader's former cohort name that cohort.
    /// </summary>
    private static bool IsOf(TableRow row, string cohort, DateOnly date) =>
        row.Date("date") == date && (row.Text("by") ?? cohort) == cohort;

    private async Task DeleteAsync(string cohort, List<string> rows, CancellationToken cancellationToken)
    {
        foreach (var row in rows)
        {
            await tables.WriteAsync(Tables.SentStories, cohort, TableWrite.Delete(row), cancellationToken);
        }
    }
}
