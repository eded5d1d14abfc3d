using DailyDigest.Accounts;
using DailyDigest.Content;
using DailyDigest.Digests;

namespace DailyDigest.Web;

/// <summary>Stories: the recent ones with where each is, one of them, and every change to it.</summary>
internal sealed class StoryResource(PageStories pageStories, FindStandings standings, ShowStory show, ChangeStory change, AuditLog audit)
{
    private const int MaxDays = 90;

    public void Map(ApiRoutes routes)
    {
        routes.Get("/stories", Permission.SeeStories, "listStories", ListAsync).InPages()
            .Takes<string>("q", "Words of title, section, author, source or address.")
            .Takes<int>("days", "Days back, 1 to 90; 7 if it is left out.")
            .Takes<StoryPlace>("place", "Only stories of this place.")
            .Takes<string>("source", "Only stories of this feed's id, or of api.")
            .Takes<string>("section", "Only stories of this section.")
            .Takes<string>("language", "Only stories of this language, without region.")
            .Takes<StoryKind>("kind", "Only stories of this kind.")
            .Says("Lists recent stories, newest first.", "A page reads at most 4,000 stories of 31 days, so it may be short or empty and "
                + "still have a next one.");
        routes.Get("/stories/{id}", Permission.SeeStories, "getStory", GetAsync).Fails(ApiProblem.NotFound)
            .Says("Shows one story, and where it was sent.");
        routes.Patch<ApiStoryChange, ApiStory>(
                "/stories/{id}", Permission.ChangeStories, "changeStory",
                (request, body) => DoAsync(request, "section", null, body.Section))
            .Versioned().Fails(ApiProblem.NotFound).Says("Gives a story another section.");
        routes.Post("/stories/{id}/hide", Permission.ChangeStories, "hideStory", request => DoAsync(request, "hide", hidden: true, null))
            .Versioned().Fails(ApiProblem.NotFound).Says("Hides a story from every digest that is made from now on.");
        routes.Post(
                "/stories/{id}/restore", Permission.ChangeStories, "restoreStory",
                request => DoAsync(request, "restore", hidden: false, null))
            .Versioned().Fails(ApiProblem.NotFound).Says("Ends the hiding of a story.");
    }

    private async Task<ApiAnswer<ApiPage<ApiStory>>> ListAsync(ApiRequest request)
    {
        var place = request.Word<StoryPlace>("place");
        var found = await standings.ExecuteAsync(request.Cancellation);
        var filter = new StoryFilter
        {
            Text = request.Text("q") ?? "",
            Source = request.Text("source"),
            Section = request.Text("section"),
            Language = request.Text("language")?.ToLowerInvariant(),
            Kind = request.Word<StoryKind>("kind"),
            Where = place is null ? null : story => found.Of(story).Place == place,
        };
        var page = await pageStories.ExecuteAsync(
            filter, request.Number("days", 1, MaxDays, 7), request.After, request.Take, request.Cancellation);
        return request.Page(page.Stories.Select(story => ApiStory.Of(story, found.Of(story))), page.Next);
    }

    private async Task<ApiAnswer<ApiStoryFile>> GetAsync(ApiRequest request)
    {
        if (await show.ExecuteAsync(request.Route("id"), request.Cancellation) is not { } file)
        {
            return ApiProblem.NotFound;
        }

        return ApiAnswer.Of(new ApiStoryFile(
            ApiStory.Of(file.Story), [.. file.Next.Select(ApiStoryPlace.Of)],
            [.. file.Sent.Select(sent => new ApiStorySent(sent.Cohort, sent.Language, sent.Date, sent.Into?.Id))], file.NotLookedAt))
            .At(file.Story.Version);
    }

    private async Task<ApiAnswer<ApiStory>> DoAsync(ApiRequest request, string verb, bool? hidden, string? section)
    {
        var id = request.Route("id");
        switch (await change.ExecuteAsync(id, request.Version, hidden, section, request.Cancellation))
        {
            case ChangeStoryOutcome.Changed { Before: var before, After: var after }:
                if (before != after)
                {
                    await audit.WriteAsync(
                        request.Actor, "story." + verb, id, StoryEndpoints.Words(verb, before), StoryEndpoints.Words(verb, after),
                        request.Cancellation);
                }

                return ApiAnswer.Of(ApiStory.Of(after)).At(after.Version);
            case ChangeStoryOutcome.Outdated:
                return ApiProblem.Changed;
            default:
                return ApiProblem.NotFound;
        }
    }
}
