using DailyDigest.Digests;
using DailyDigest.Schedule;
using DailyDigest.Web.Pages;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Pages for editors, behind a key.</summary>
internal sealed class DeskEndpoints(PageRenderer pages, DigestStore digests, LatestDigest latest, ApiKeyGate gate)
{
    /// <summary>GET /desk/digests/{date}?cohort=KEY: why each story was chosen, and why others were not.</summary>
    public async Task ShowDigestAsync(HttpContext context)
    {
        if (!await gate.OpensAsync(context))
        {
            return;
        }

        var view = pages.View(context);
        var cohort = context.Request.Query["cohort"] is [{ } key] ? key : latest.Home.Key;
        if (ArchiveEndpoints.TryDate(context, out var date) && Cohort.TryParse(cohort, out _)
            && await digests.GetAsync(date, cohort, context.RequestAborted) is { } digest)
        {
            await pages.WriteAsync<DeskDigestPage>(context, StatusCodes.Status200OK, view, ("Digest", digest));
            return;
        }

        await pages.WriteMessageAsync(context, StatusCodes.Status404NotFound, view, "NoDigest", "/digests", "Archive.Nav");
    }

    /// <summary>Every other address below /desk: a key first, so that nobody learns what is there.</summary>
    public async Task NothingAsync(HttpContext context)
    {
        if (await gate.OpensAsync(context))
        {
            await pages.WriteMessageAsync(context, StatusCodes.Status404NotFound, pages.View(context), "NotFound", "/", "Back");
        }
    }
}
