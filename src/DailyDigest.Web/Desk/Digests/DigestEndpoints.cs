using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Selection;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The digests of two weeks, and why each story is in one.</summary>
internal sealed class DigestEndpoints(DigestStore digests, ListDigestDays listDays, LatestDigest latest, FeedStore feeds)
{
    private const int MaxSections = 100;

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
        await request.PageAsync<DigestsPage>(("Days", await listDays.ExecuteAsync(request.Cancellation)));

    private static StoryChoice Choice(HttpContext context) => new(Values(context, "section"), Values(context, "language"));

    private static string[] Values(HttpContext context, string name) =>
        [.. context.Request.Query[name].OfType<string>().Take(MaxSections)];
}
