using DailyDigest.Calendar;
using DailyDigest.Selection;
using DailyDigest.Storage;

namespace DailyDigest.Digests;

/// <summary>What each cohort was sent: partition cohort, row story id. Written when a digest is frozen, before anything is sent.</summary>
public sealed class SentStoryStore(ITableStore tables)
{
    /// <summary>How many days a story is remembered; older rows are cleared away when the history is read.</summary>
    public const int Days = 90;

    /// <summary>
    /// The cohort's history before the date. What its own digest of the date told does not count, so that freezing can be repeated; nor does what a
    /// run remembered that told nobody anything, as <paramref name="isTold"/> says of a cohort and a date. It is asked and not cleared away: whoever
    /// sends to those whom such a run missed makes its history count again by the same write that opens it.
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
                    row.Key, cluster, row.Text("url") ?? "", row.Text("title") ?? "", row.Text("summary") ?? "", row.Text("source") ?? "", when));
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

    /// <summary>Remembers what the frozen digest tells. Repeatable.</summary>
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

    /// <summary>True if the cohort's own digest of the date told it; rows copied from the cohort that a reader came from were told by that one.</summary>
    private static bool IsOf(TableRow row, string cohort, DateOnly date) => row.Date("date") == date && (row.Text("by") ?? cohort) == cohort;

    private async Task DeleteAsync(string cohort, List<string> rows, CancellationToken cancellationToken)
    {
        foreach (var row in rows)
        {
            await tables.WriteAsync(Tables.SentStories, cohort, TableWrite.Delete(row), cancellationToken);
        }
    }
}
