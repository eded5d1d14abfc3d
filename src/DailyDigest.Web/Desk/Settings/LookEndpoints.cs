using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Selection;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// A preview of mail and sign-up page with other values of colour, logo and footer. It stores nothing: the look is configuration.
/// </summary>
internal sealed class LookEndpoints(
    Publication publication, PageRenderer pages, SecurityHeaders security, Assets assets, TimeProvider time, RenderLook? mail = null)
{
    private const int MaxValue = 300;
    private const string Path = "/desk/settings/look";

    public void Map(GuardedRoutes routes)
    {
        routes.Get(Path, Permission.SeeSettings, ShowAsync);
        routes.Get(Path + "/mail", Permission.SeeSettings, MailAsync);
        routes.Get(Path + "/page", Permission.SeeSettings, PageAsync);
        routes.Get(Path + "/style.css", Permission.SeeSettings, StyleAsync);
    }

    /// <summary>GET /desk/settings/look?color=COLOR&amp;logo=URL&amp;footer=TEXT</summary>
    private Task ShowAsync(DeskRequest request)
    {
        var (look, faults) = Read(request);
        request.Context.Response.Headers.ContentSecurityPolicy = security.DeskPreviewPolicy;
        return request.PageAsync<LookPage>(
            faults.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK, ("Look", look), ("Faults", faults),
            ("Query", Query(request).ToString()), ("HasMail", mail is not null));
    }

    private async Task MailAsync(DeskRequest request)
    {
        var view = request.View;
        if (mail is null || Read(request) is not { Faults.Count: 0, Look: var look }
            || await mail(Sample(view), view.Page.Language, look, request.Cancellation) is not { } html)
        {
            await request.NotFoundAsync();
            return;
        }

        request.Context.Response.Headers.ContentSecurityPolicy = security.MailPolicy;
        await PageRenderer.WriteHtmlAsync(request.Context, StatusCodes.Status200OK, html);
    }

    private async Task PageAsync(DeskRequest request)
    {
        if (Read(request) is not { Faults.Count: 0, Look: var look })
        {
            await request.NotFoundAsync();
            return;
        }

        var style = View.Root(publication) + Path + "/style.css" + Query(request);
        var view = new View(look, request.View.Page.Language, true, assets.Urls with { Style = style }, null, time.GetUtcNow());
        request.Context.Response.Headers.ContentSecurityPolicy = SecurityHeaders.FramedPagePolicy(look);
        var html = await pages.RenderAsync<SignUpPage>(
            view, ("Question", new HumanQuestion([2, 3], "")), ("Form", SignUpForm.Empty), ("Latest", Sample(request.View)));
        await PageRenderer.WriteHtmlAsync(request.Context, StatusCodes.Status200OK, html);
    }

    private Task StyleAsync(DeskRequest request) => Read(request) is { Faults.Count: 0, Look: var look }
        ? Assets.WriteStyleAsync(request.Context, AccentColor.From(look.Color)) : request.NotFoundAsync();

    // The look that is wanted, or the present one with the faults of the wanted one.
    private (Publication Look, IReadOnlyList<string> Faults) Read(DeskRequest request)
    {
        var look = publication.WithLook(
            Value(request, "color", publication.Color), Value(request, "logo", publication.LogoUrl),
            Value(request, "footer", publication.PostalAddress));
        List<string> faults = [.. look.Validate(development: true).Except(publication.Validate(development: true))];
        return (look, faults);
    }

    private static string Value(DeskRequest request, string name, string present) =>
        request.Context.Request.Query[name] is [{ Length: <= MaxValue } value] ? value.Trim() : present;

    private static QueryString Query(DeskRequest request) => QueryString.Create(
        ((string[])["color", "logo", "footer", "lang"]).SelectMany(
            name => request.Context.Request.Query[name] is [{ Length: <= MaxValue } value] ? [KeyValuePair.Create(name, (string?)value)]
                : (KeyValuePair<string, string?>[])[]));

    private Digest Sample(DeskView view) => new()
    {
        Date = Zones.LocalDate(publication.TimeZone, time.GetUtcNow()),
        Cohort = publication.HomeCohort.Key,
        FrozenAt = time.GetUtcNow(),
        Items = [.. Enumerable.Range(1, 4).Select(number => new DigestItem(
            new Story
            {
                Id = new string((char)('a' + number), 32),
                Kind = StoryKind.Article,
                Url = publication.BaseUrl + "/",
                Title = view["Look.Story." + number],
                Summary = view["Look.Summary"],
                Source = "sample",
                Published = time.GetUtcNow().AddHours(-number),
                FirstSeen = time.GetUtcNow(),
            },
            "sample-" + number, 1, [], []))],
        PassedOver = [],
    };
}
