using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Digests;

/// <summary>A digest that a story was in.</summary>
/// <param name="Cohort">The key of the cohort.</param>
/// <param name="Language">The language that its readers chose; null for readers of all stories.</param>
/// <param name="Date">The local date.</param>
/// <param name="Into">The story that told it, if it was the same news; null if it was there itself, or if that is not known.</param>
public sealed record StorySent(string Cohort, string? Language, DateOnly Date, Story? Into);

/// <summary>Everything about one story.</summary>
/// <param name="Story">The story.</param>
/// <param name="Next">Its places in the next digests of the home cohort.</param>
/// <param name="Date">The local date of these digests.</param>
/// <param name="Sent">The digests that it was in, the latest first.</param>
/// <param name="NotLookedAt">Cohorts that were not looked at, because there are many.</param>
public sealed record StoryFile(
    Story Story, IReadOnlyList<StoryStanding> Next, DateOnly Date, IReadOnlyList<StorySent> Sent, int NotLookedAt);

/// <summary>Shows one story: where it is, and where it was sent.</summary>
public sealed class ShowStory(
    StoryStore stories, FindStandings standings, SentStoryStore sent, DigestStore digests, CohortStore cohorts, StoryLanguages languages,
    Publication publication)
{
    /// <summary>The most histories that are looked at. Each costs one request.</summary>
    public const int MaxHistories = 60;

    private const int MaxTold = 5;
    private const int Parallel = 8;

    /// <summary>Returns the story; null if there is none.</summary>
    public async Task<StoryFile?> ExecuteAsync(string id, CancellationToken cancellationToken)
    {
        if (await stories.FindAsync(id, cancellationToken) is not { } story)
        {
            return null;
        }

        var found = await standings.ExecuteAsync(cancellationToken);
        var home = publication.HomeCohort.Key;
        var others = (await cohorts.ListAsync(cancellationToken)).Select(row => row.Cohort.Key).Where(key => key != home).ToList();
        IReadOnlyList<StoryChoice> choices = languages.HasChoice ? [.. languages.Each, StoryChoice.All] : [StoryChoice.All];
        var keys = others.Prepend(home).SelectMany(cohort => choices.Select(choice => (Cohort: cohort, Choice: choice))).ToList();
        var dates = new DateOnly?[Math.Min(keys.Count, MaxHistories)];
        await System.Threading.Tasks.Parallel.ForAsync(
            0, dates.Length, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (i, stop) => dates[i] = await sent.DateAsync(keys[i].Choice.DigestKey(keys[i].Cohort), id, stop));
        var list = new List<StorySent>();
        foreach (var (key, date) in keys.Zip(dates).Where(pair => pair.Second is not null).Select(pair => (pair.First, pair.Second!.Value))
            .OrderByDescending(pair => pair.Value))
        {
            var into = list.Count < MaxTold ? await TellerAsync(date, key.Choice.DigestKey(key.Cohort), id, cancellationToken) : null;
            list.Add(new StorySent(key.Cohort, key.Choice.Languages.Count > 0 ? key.Choice.Languages[0] : null, date, into));
        }

        var seen = keys.Take(dates.Length).Select(key => key.Cohort).Distinct().Count();
        return new StoryFile(
            story, [.. found.Each(story).Where(one => one.Place != StoryPlace.Sent)], found.Date, list, others.Count + 1 - seen);
    }

    // The history has the members of a cluster too; the frozen digest says which of them readers saw.
    private async Task<Story?> TellerAsync(DateOnly date, string key, string id, CancellationToken cancellationToken)
    {
        var digest = await digests.GetAsync(date, key, cancellationToken);
        return digest is null || digest.Items.Any(item => item.Story.Id == id)
            || digest.ToRemember.FirstOrDefault(one => one.StoryId == id) is not { } member ? null
            : digest.Items.FirstOrDefault(item => item.Cluster == member.Cluster)?.Story;
    }
}
