using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Settings;

namespace DailyDigest.Content;

/// <summary>
/// Adds up the stories of each date by feed. The counts stand in the feeds' rows, which record a poll with its counts in one write. A poll
/// that ends between its stories and that write is not counted.
/// </summary>
public sealed class SumStories(FigureStore figures, Publication publication, TimeProvider time)
{
    private const int MaxFeeds = 100;

    /// <summary>The date of the home cohort's zone.</summary>
    internal DateOnly Today => Zones.LocalDate(publication.TimeZone, time.GetUtcNow());

    /// <summary>The counts of a poll: stories that were read, new or changed, and entries that were refused.</summary>
    internal static FigureCounts Of(FeedPoll poll)
    {
        var counts = new FigureCounts();
        counts.Add("read", poll.Read);
        counts.Add("new", poll.Added);
        counts.Add("changed", poll.Updated);
        counts.Add("refused", poll.Refused);
        return counts;
    }

    /// <summary>Writes the last dates of the feeds. A feed that was removed keeps its counts.</summary>
    internal async Task ExecuteAsync(IReadOnlyList<Feed> feeds, CancellationToken cancellationToken)
    {
        var today = Today;
        var days = feeds.SelectMany(feed => FigureDays.Parse(feed.Days).Select(pair => (feed.Name, Date: pair.Key, Counts: pair.Value)))
            .Where(one => FigureDays.IsSummed(one.Date, today)).ToLookup(one => one.Date);
        var stored = days.Count == 0 ? []
            : (await figures.RangeAsync(FigureKinds.Stories, days.Min(day => day.Key), days.Max(day => day.Key), cancellationToken))
                .ToDictionary(day => day.Date);
        var written = new List<FigureDay>();
        foreach (var day in days)
        {
            var labels = stored.GetValueOrDefault(day.Key)?.Labels.Copy() ?? new FigureLabels();
            var before = labels.ToString();
            foreach (var feed in day.GroupBy(one => one.Name))
            {
                var sum = new FigureCounts();
                foreach (var one in feed)
                {
                    sum.Add(one.Counts);
                }

                labels.Set(feed.Key, sum);
            }

            if (labels.ToString() != before)
            {
                labels = labels.Largest(MaxFeeds, (_, _) => true);
                written.Add(new FigureDay(day.Key, labels.Total()) { Labels = labels });
            }
        }

        await figures.WriteAsync(FigureKinds.Stories, written, cancellationToken);
    }
}
