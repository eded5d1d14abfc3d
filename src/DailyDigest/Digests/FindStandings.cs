using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Digests;

/// <summary>The place of each recent story: sent, in the next digest, folded, passed over, hidden.</summary>
/// <param name="Date">The local date of the next digest of the home cohort.</param>
/// <param name="Next">The next digest for each choice of languages, as it would be made now.</param>
/// <param name="Sent">The stories that were sent to the home cohort, by id, with choice and date.</param>
public sealed record StoryStandings(
    DateOnly Date, IReadOnlyList<Digest> Next, ILookup<string, (string? Language, DateOnly Date)> Sent)
{
    /// <summary>The standing that counts most: hidden, then in the next digest, sent, folded, passed over.</summary>
    public StoryStanding Of(Story story) => story.Desk.Dropped ? new StoryStanding(StoryPlace.Hidden, null, null)
        : Each(story).MinBy(one => one.Place switch
        {
            StoryPlace.Coming => 0,
            StoryPlace.Sent => 1,
            StoryPlace.Folded => 2,
            StoryPlace.PassedOver => 3,
            _ => 4,
        }) ?? new StoryStanding(StoryPlace.None, null, null);

    /// <summary>Every digest of the home cohort that has it or passes it over, the next one first.</summary>
    public IReadOnlyList<StoryStanding> Each(Story story) =>
    [
        .. Next.Select(digest => In(digest, story.Id)).OfType<StoryStanding>(),
        .. Sent[story.Id].OrderByDescending(sent => sent.Date)
            .Select(sent => new StoryStanding(StoryPlace.Sent, sent.Language, sent.Date)),
    ];

    private static StoryStanding? In(Digest digest, string id)
    {
        var language = digest.Languages.Count > 0 ? digest.Languages[0] : null;
        for (var place = 0; place < digest.Items.Count; place++)
        {
            if (digest.Items[place].Story.Id == id)
            {
                return new StoryStanding(StoryPlace.Coming, language, digest.Date, place + 1);
            }
        }

        if (digest.ToRemember.FirstOrDefault(one => one.StoryId == id) is { } member
            && digest.Items.FirstOrDefault(item => item.Cluster == member.Cluster) is { } teller)
        {
            return new StoryStanding(
                StoryPlace.Folded, language, digest.Date, Into: teller.Story.Id, IntoTitle: teller.Story.Title);
        }

        return digest.PassedOver.FirstOrDefault(one => one.StoryId == id) is { } over
            ? new StoryStanding(StoryPlace.PassedOver, language, digest.Date, Reason: over.Reason) : null;
    }
}

/// <summary>
/// Finds where recent stories are, for readers of the home cohort. It reads the days from which the next digest is chosen, and the history
/// of these readers, however many stories and runs there are.
/// </summary>
public sealed class FindStandings(
    PreviewDigest preview, DigestStore digests, SentStoryStore sent, StoryLanguages languages, Publication publication, TimeProvider time)
{
    /// <summary>Chooses the next digest of each choice of languages, and reads what was sent.</summary>
    public async Task<StoryStandings> ExecuteAsync(CancellationToken cancellationToken)
    {
        var (home, date) = (publication.HomeCohort, Zones.LocalDate(publication.HomeCohort.Zone, time.GetUtcNow()));
        while (!home.Rhythm.Includes(date) || await digests.ExistsAsync(date, home.Key, cancellationToken))
        {
            date = date.AddDays(1);
        }

        IReadOnlyList<StoryChoice> choices = languages.HasChoice ? [.. languages.Each] : [StoryChoice.All];
        var next = await preview.EachAsync(home, date, choices, cancellationToken);
        var known = new List<(string Story, string? Language, DateOnly Date)>();
        foreach (var choice in choices)
        {
            var language = choice.Languages.Count > 0 ? choice.Languages[0] : null;
            var sentSoFar = await sent.ListAsync(choice.DigestKey(home.Key), cancellationToken);
            known.AddRange(sentSoFar.Select(one => (one.Story, language, one.Date)));
        }

        return new StoryStandings(
            date, [.. next.Select(one => one.Digest)],
            known.ToLookup(one => one.Story, one => (one.Language, one.Date), StringComparer.Ordinal));
    }
}
