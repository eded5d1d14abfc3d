using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Runs;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web;

/// <summary>The digests of one local date.</summary>
/// <param name="Date">The local date.</param>
/// <param name="HasHome">True if the home cohort has a digest, sent or skipped.</param>
/// <param name="Others">The keys of other cohorts that have one.</param>
public sealed record DeskDay(DateOnly Date, bool HasHome, IReadOnlyList<string> Others);

/// <summary>Pages for editors. They need a key for the desk.</summary>
internal sealed class DeskEndpoints(
    PageRenderer pages, DigestStore digests, RunStore runs, LatestDigest latest, FeedStore feeds, ApiKeyCheck keys)
{
    private const int DaysBack = 13;
    private const int MaxSections = 100;

    /// <summary>
    /// GET /desk/digests/{date}?cohort=KEY&amp;section=NAME: why each story was chosen, and why others were not; for readers of all
    /// sections, or of those named.
    /// </summary>
    public async Task ShowDigestAsync(HttpContext context)
    {
        if (!await keys.RequireAsync(context, ApiScopes.Desk))
        {
            return;
        }

        var view = pages.View(context);
        var cohort = context.Request.Query["cohort"] is [{ } key] ? key : latest.Home.Key;
        if (ArchiveEndpoints.TryDate(context, out var date) && Cohort.TryParse(cohort, out _)
            && await digests.GetAsync(date, SectionSet.DigestKey(cohort, Sections(context)), context.RequestAborted) is { } digest)
        {
            var others = await digests.ListSectionsAsync(date, cohort, MaxSections, context.RequestAborted);
            await pages.WriteAsync<DeskDigestPage>(
                context, StatusCodes.Status200OK, view, ("Digest", digest), ("Feeds", await feeds.NamesAsync(context.RequestAborted)),
                ("Others", others.Select(other => other.Sections).ToList()));
            return;
        }

        await pages.WriteMessageAsync(context, StatusCodes.Status404NotFound, view, "NoDigest", "/desk", "Desk.Index.Title");
    }

    /// <summary>GET /desk: the digests of the last two weeks.</summary>
    public async Task IndexAsync(HttpContext context)
    {
        if (await keys.RequireAsync(context, ApiScopes.Desk))
        {
            var days = await DaysAsync(context.RequestAborted);
            await pages.WriteAsync<DeskPage>(context, StatusCodes.Status200OK, pages.View(context), ("Days", days));
        }
    }

    /// <summary>
    /// Every other address and method below /desk. The key is checked first, so that strangers do not learn which pages exist.
    /// </summary>
    public async Task NotFoundAsync(HttpContext context)
    {
        if (await keys.RequireAsync(context, ApiScopes.Desk))
        {
            await pages.WriteMessageAsync(
                context, StatusCodes.Status404NotFound, pages.View(context), "NotFound", "/desk", "Desk.Index.Title");
        }
    }

    private static string[] Sections(HttpContext context) => [.. context.Request.Query["section"].OfType<string>().Take(MaxSections)];

    private async Task<IReadOnlyList<DeskDay>> DaysAsync(CancellationToken cancellationToken)
    {
        var days = new List<DeskDay>();

        // In zones where it is tomorrow already, tomorrow's digest may exist.
        for (var (date, last) = (latest.Today.AddDays(1), latest.Today.AddDays(-DaysBack)); date >= last; date = date.AddDays(-1))
        {
            var home = await digests.GetAsync(date, latest.Home.Key, cancellationToken) is not null;
            var others = (await runs.ListAsync(date, cancellationToken))
                .Where(run => run.Cohort != latest.Home.Key && run is { Missed: false, State: not RunState.Preparing })
                .Select(run => run.Cohort).ToList();
            if (home || others.Count > 0)
            {
                days.Add(new DeskDay(date, home, others));
            }
        }

        return days;
    }
}
