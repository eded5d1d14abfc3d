using System.Globalization;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web;

/// <summary>The public archive of the home cohort: a list, a page per date, a feed. Each answer is cached.</summary>
internal sealed class ArchiveEndpoints(
    PageRenderer pages, SecurityHeaders security, LatestDigest latest, PastDigests past, Publication publication,
    TimeProvider time) : IDisposable
{
    private const int MaxEntries = 64;
    private const string Html = "text/html; charset=utf-8";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);

    // Recent digests have caches of their own, so that a crawler of the whole archive does not delay their readers.
    private const int RecentDays = 7;
    private const int MaxOldBuilds = 2;

    private readonly PageCache<DigestKey, Document> recent = new(MaxEntries, time, MaxEntries);
    private readonly PageCache<DigestKey, Document> old = new(MaxEntries, time, MaxOldBuilds);
    private readonly PageCache<ListKey, Document> lists = new(MaxEntries, time, MaxEntries);
    private readonly PageCache<ListKey, Document> oldLists = new(MaxEntries, time, MaxOldBuilds);

    private readonly record struct DigestKey(DateOnly Date, string Language, bool IsChosen, DateOnly Today);

    private readonly record struct ListKey(string Kind, string Language, bool IsChosen, int Page, DateOnly Today);

    /// <summary>GET /digests: thirty days; ?page=2 shows the thirty days before.</summary>
    public async Task ListAsync(HttpContext context)
    {
        var view = pages.View(context);
        var page = PageNumber(context.Request);
        Document? document = null;
        if (page is { } number && await past.MayHaveAsync(number, context.RequestAborted))
        {
            document = await (number == 1 ? lists : oldLists).GetAsync(
                new ListKey("list", view.Language, view.IsChosen, number, view.Today),
                Minute, stop => BuildListAsync(view, number, stop), context.RequestAborted);
        }

        await (document?.WriteAsync(context, Minute)
            ?? pages.WriteMessageAsync(context, StatusCodes.Status404NotFound, view, "NotFound", "/digests", "Archive.Nav"));
    }

    /// <summary>
    /// GET /digests/feed.atom, in the language of ?lang=, otherwise the publication's first. Accept-Language is ignored, because feed
    /// readers share one address.
    /// </summary>
    public async Task FeedAsync(HttpContext context)
    {
        var wanted = context.Request.Query["lang"] is [{ } query] && publication.Languages.Contains(query)
            ? query : publication.DefaultLanguage;
        var view = pages.View(context, posted: wanted);
        var document = await lists.GetAsync(
            new ListKey("feed", wanted, true, 1, view.Today), Minute,
            async stop =>
            {
                var newest = await past.PageAsync(1, view.Language, stop);
                return new Document(AtomFeed.Write(view, newest), AtomFeed.ContentType, view.Language, Changed(newest));
            },
            context.RequestAborted);
        await document!.WriteAsync(context, FiveMinutes);
    }

    /// <summary>GET /digests/{date}, also of tomorrow: it is tomorrow in zones to the east.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        var view = pages.View(context);
        if (TryDate(context, out var date) && date <= latest.Today.AddDays(1) && await past.MayHaveAsync(date, context.RequestAborted)
            && await (date > latest.Today.AddDays(-RecentDays) ? recent : old).GetAsync(
                new DigestKey(date, view.Language, view.IsChosen, view.Today),
                FiveMinutes, stop => BuildDigestAsync(date, view, stop), context.RequestAborted) is { } document)
        {
            context.Response.Headers.ContentSecurityPolicy = security.ArchivePagePolicy;
            await document.WriteAsync(context, FiveMinutes);
            return;
        }

        await pages.WriteMessageAsync(context, StatusCodes.Status404NotFound, view, "NoDigest", "/digests", "Archive.Nav");
    }

    /// <summary>Reads the date in the route (yyyy-MM-dd).</summary>
    internal static bool TryDate(HttpContext context, out DateOnly date) =>
        LocalDates.TryParse(context.GetRouteValue("date") as string, out date);

    /// <inheritdoc/>
    public void Dispose()
    {
        recent.Dispose();
        old.Dispose();
        lists.Dispose();
        oldLists.Dispose();
    }

    private static int? PageNumber(HttpRequest request) => request.Query["page"] switch
    {
        [] => 1,
        [{ } text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var page)
            && page is >= 1 and <= PastDigests.MaxPages => page,
        _ => null,
    };

    private static DateTimeOffset Changed(IReadOnlyList<PastDigest> list) =>
        list.Select(digest => digest.FrozenAt).DefaultIfEmpty(DateTimeOffset.UnixEpoch).Max();

    private async Task<Document?> BuildListAsync(View view, int page, CancellationToken cancellationToken)
    {
        var list = await past.PageAsync(page, view.Language, cancellationToken);
        if (list.Count == 0 && page > 1)
        {
            return null;
        }

        int? newer = page == 1 ? null : await past.NextAsync(page, -1, view.Language, cancellationToken) ?? 1;
        var older = await past.NextAsync(page, 1, view.Language, cancellationToken);
        var html = await pages.RenderAsync<ArchivePage>(view, ("Digests", list), ("Newer", newer), ("Older", older));

        // The page shows today's date, so it changes although the digests do not.
        return new Document(Encoding.UTF8.GetBytes(html), Html, view.Language, time.GetUtcNow());
    }

    // A page of its own, not the mail: it belongs to no reader.
    private async Task<Document?> BuildDigestAsync(DateOnly date, View view, CancellationToken cancellationToken)
    {
        if (await latest.ShownAsync(date, view.Language, cancellationToken) is not { } digest)
        {
            return null;
        }

        var html = await pages.RenderAsync<PastDigestPage>(
            view, ("Digest", digest), ("Earlier", await past.NearestAsync(date, -1, view.Language, cancellationToken)),
            ("Later", await past.NearestAsync(date, 1, view.Language, cancellationToken)));
        return new Document(Encoding.UTF8.GetBytes(html), Html, view.Language, time.GetUtcNow());
    }
}
