using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The digests of one local date.</summary>
/// <param name="Date">The local date.</param>
/// <param name="Digests">The digests of its cohorts, sent or skipped; that of the home cohort first.</param>
public sealed record DeskDay(DateOnly Date, IReadOnlyList<DeskDigest> Digests);

/// <summary>A digest of a list.</summary>
/// <param name="Cohort">The key of its cohort.</param>
/// <param name="IsHome">True if this is the home cohort.</param>
/// <param name="Digest">The digest; null if it was not read, because the date has too many.</param>
public sealed record DeskDigest(string Cohort, bool IsHome, Digest? Digest);

/// <summary>The digests of two weeks, and why each story is in one.</summary>
internal sealed class DigestEndpoints(DigestStore digests, RunStore runs, LatestDigest latest, FeedStore feeds)
{
    private const int DaysBack = 13;
    private const int MaxSections = 100;
    private const int MaxRead = 10;

    public void Map(GuardedRoutes routes)
    {
        routes.Get("/desk/digests", Permission.SeeDigests, ListAsync);
        routes.Get("/desk/digests/{date}", Permission.SeeDigests, ShowAsync);
    }

    /// <summary>
    /// GET /desk/digests/{date}?cohort=KEY&amp;section=NAME&amp;language=TAG: why each story was chosen, and why others were not; for
    /// readers of all stories, or of these sections and languages.
    /// </summary>
    private async Task ShowAsync(DeskRequest request)
    {
        var cohort = request.Query("cohort") ?? latest.Home.Key;
        if (ArchiveEndpoints.TryDate(request.Context, out var date) && Cohort.TryParse(cohort, out _)
            && await digests.GetAsync(date, Choice(request.Context).DigestKey(cohort), request.Cancellation) is { } digest)
        {
            var others = await digests.ListChosenAsync(date, cohort, MaxSections, request.Cancellation);
            await request.PageAsync<DeskDigestPage>(
                ("Digest", digest), ("IsHome", cohort == latest.Home.Key && date <= latest.Today),
                ("Feeds", await feeds.NamesAsync(request.Cancellation)),
                ("Others", others.Select(other => other.Choice).ToList()));
            return;
        }

        await request.MessageAsync(StatusCodes.Status404NotFound, "NoDigest", "/desk/digests", "Digests.Title");
    }

    /// <summary>GET /desk/digests: the digests of the last two weeks.</summary>
    private async Task ListAsync(DeskRequest request) =>
        await request.PageAsync<DigestsPage>(("Days", await DaysAsync(request.Cancellation)));

    private static StoryChoice Choice(HttpContext context) => new(Values(context, "section"), Values(context, "language"));

    private static string[] Values(HttpContext context, string name) =>
        [.. context.Request.Query[name].OfType<string>().Take(MaxSections)];

    private async Task<IReadOnlyList<DeskDay>> DaysAsync(CancellationToken cancellationToken)
    {
        var days = new List<DeskDay>();

        // In zones where it is tomorrow already, tomorrow's digest may exist.
        for (var (date, last) = (latest.Today.AddDays(1), latest.Today.AddDays(-DaysBack)); date >= last; date = date.AddDays(-1))
        {
            var ofDay = new List<DeskDigest>();
            if (await digests.GetAsync(date, latest.Home.Key, cancellationToken) is { } home)
            {
                ofDay.Add(new DeskDigest(home.Cohort, true, home));
            }

            foreach (var run in (await runs.ListAsync(date, cancellationToken))
                .Where(run => run.Cohort != latest.Home.Key && run is { Missed: false, State: not RunState.Preparing }))
            {
                var digest = ofDay.Count < MaxRead ? await digests.GetAsync(date, run.Cohort, cancellationToken) : null;
                ofDay.Add(new DeskDigest(run.Cohort, false, digest));
            }

            if (ofDay.Count > 0)
            {
                days.Add(new DeskDay(date, ofDay));
            }
        }

        return days;
    }
}
