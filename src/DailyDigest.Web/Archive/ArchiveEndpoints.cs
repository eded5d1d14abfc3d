using System.Globalization;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web;

/// <summary>What the home cohort was sent, for everybody to read: a list, a page per date, a feed. Each is made once and kept for a while.</summary>
internal sealed class ArchiveEndpoints(
    PageRenderer pages, DigestStore digests, VariantStore variants, LatestDigest latest, PastDigests past, Publication publication, TimeProvider time,
    IDigestRenderer? renderer = null) : IDisposable
{
    // The mail as sent styles itself and shows the publisher's pictures; it still runs nothing.
    private const string MailSecurityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

    // A mail has at most 100 KB.
    private const int MostPages = 64;
    private const string Html = "text/html; charset=utf-8";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);

    // What most ask for has shelves of its own, so that nobody waits for those who go through all that there ever was.
    private const int RecentDays = 7;
    private const int OldAtOnce = 2;

    private readonly Shelf<(DateOnly Date, string Language), Document> mails = new(MostPages, time, MostPages);
    private readonly Shelf<(DateOnly Date, string Language), Document> oldMails = new(MostPages, time, OldAtOnce);
    private readonly Shelf<(string What, string Language, bool Chosen, int Page, DateOnly Today), Document> lists = new(MostPages, time, MostPages);
    private readonly Shelf<(string What, string Language, bool Chosen, int Page, DateOnly Today), Document> oldLists = new(MostPages, time, OldAtOnce);

    /// <summary>GET /digests, and with ?page=2 the thirty days before.</summary>
    public async Task ListAsync(HttpContext context)
    {
        var view = pages.View(context);
        var page = PageNumber(context.Request);
        Document? document = null;
        if (page is { } number && await past.MayHaveAsync(number, context.RequestAborted))
        {
            document = await (number == 1 ? lists : oldLists).GetAsync(
                ("list", view.Language, view.IsChosen, number, view.Today), Minute, stop => MakeListAsync(view, number, stop), context.RequestAborted);
        }

        await (document?.WriteAsync(context, Minute) ?? pages.WriteMessageAsync(context, StatusCodes.Status404NotFound, view, "NotFound", "/digests", "Archive.Nav"));
    }

    /// <summary>GET /digests/feed.atom, in the language that ?lang= names, else the publication's first: one address, one feed.</summary>
    public async Task FeedAsync(HttpContext context)
    {
        var wanted = context.Request.Query["lang"] is [{ } query] && publication.Languages.Contains(query) ? query : publication.DefaultLanguage;
        var view = pages.View(context, posted: wanted);
        var document = await lists.GetAsync(
            ("feed", wanted, true, 1, view.Today), Minute,
            async stop =>
            {
                var newest = await past.PageAsync(1, stop);
                return new Document(AtomFeed.Write(view, newest), AtomFeed.ContentType, view.Language, Changed(newest));
            },
            context.RequestAborted);
        await document!.WriteAsync(context, FiveMinutes);
    }

    /// <summary>GET /digests/{date}</summary>
    public async Task ShowAsync(HttpContext context)
    {
        var view = pages.View(context);
        if (TryDate(context, out var date) && date <= latest.Today && await past.MayHaveAsync(date, context.RequestAborted)
            && await (date > latest.Today.AddDays(-RecentDays) ? mails : oldMails).GetAsync(
            (date, view.Language), FiveMinutes, stop => MakeMailAsync(date, view, stop), context.RequestAborted) is { } document)
        {
            context.Response.Headers.ContentSecurityPolicy = MailSecurityPolicy;
            context.Response.Headers.Link = Links(date, view.Language);
            await document.WriteAsync(context, FiveMinutes);
            return;
        }

        await pages.WriteMessageAsync(context, StatusCodes.Status404NotFound, view, "NoDigest", "/digests", "Archive.Nav");
    }

    /// <summary>GET /digests/your-links</summary>
    public Task FromMailAsync(HttpContext context) =>
        pages.WriteMessageAsync(context, StatusCodes.Status200OK, pages.View(context), "FromMail", "/", "DeadLink.Link");

    /// <summary>Reads the date in the route (yyyy-MM-dd).</summary>
    internal static bool TryDate(HttpContext context, out DateOnly date) => LocalDates.TryParse(context.GetRouteValue("date") as string, out date);

    /// <inheritdoc/>
    public void Dispose()
    {
        mails.Dispose();
        oldMails.Dispose();
        lists.Dispose();
        oldLists.Dispose();
    }

    private static int? PageNumber(HttpRequest request) => request.Query["page"] switch
    {
        [] => 1,
        [{ } text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var page) && page is >= 1 and <= PastDigests.MostPages => page,
        _ => null,
    };

    private static DateTimeOffset Changed(IReadOnlyList<PastDigest> list) => list.Select(digest => digest.FrozenAt).DefaultIfEmpty(DateTimeOffset.UnixEpoch).Max();

    private async Task<Document?> MakeListAsync(View view, int page, CancellationToken cancellationToken)
    {
        var list = await past.PageAsync(page, cancellationToken);
        if (list.Count == 0 && page > 1)
        {
            return null;
        }

        int? newer = page == 1 ? null : await past.NextAsync(page, -1, cancellationToken) ?? 1;
        var html = await pages.RenderAsync<ArchivePage>(view, ("Digests", list), ("Newer", newer), ("Older", await past.NextAsync(page, 1, cancellationToken)));

        // The page says which day it is.
        return new Document(Encoding.UTF8.GetBytes(html), Html, view.Language, time.GetUtcNow());
    }

    // As sent; where nobody was sent this language, as it would have been.
    private async Task<Document?> MakeMailAsync(DateOnly date, View view, CancellationToken cancellationToken)
    {
        var language = view.Language;
        if (await digests.GetAsync(date, latest.Home.Key, cancellationToken) is not { Items.Count: > 0 } digest)
        {
            return null;
        }

        var variant = await variants.GetAsync(digest.Date, digest.Cohort, language, [], cancellationToken);
        if (variant is null && renderer is not null)
        {
            variant = await renderer.RenderAsync(digest, language, [], cancellationToken);
        }

        variant ??= await variants.AnyAsync(digest.Date, digest.Cohort, language, cancellationToken);
        if (variant is null)
        {
            return null;
        }

        var copy = MailCopy.Of(variant, publication, await pages.RenderAsync<WayOn>(view));
        return new Document(Encoding.UTF8.GetBytes(copy), Html, variant.Language, digest.FrozenAt);
    }

    // RFC 8288: what stands in the mail's own head stays as it was sent.
    private string Links(DateOnly date, string shown) => string.Join(", ", publication.Languages
        .Where(language => language != shown)
        .Select(language => $"<{publication.BaseUrl}/digests/{date.Text()}?lang={Uri.EscapeDataString(language)}>; rel=\"alternate\"; hreflang=\"{language}\"")
        .Append($"<{publication.BaseUrl}/digests/feed.atom?lang={Uri.EscapeDataString(shown)}>; rel=\"alternate\"; type=\"application/atom+xml\""));
}
