using System.Text.Json;
using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The recent stories with where each of them is, and the page of one.</summary>
internal sealed class StoryEndpoints(
    PageStories pageStories, FindStandings standings, ShowStory show, ChangeStory change, FeedStore feeds, AuditLog audit)
{
    private const string List = "/desk/stories";
    private const int PerPage = 50;
    private const int MaxChanges = 20;

    public void Map(GuardedRoutes routes)
    {
        routes.Get(List, Permission.SeeStories, ListAsync);
        routes.Get(List + "/{id}", Permission.SeeStories, ShowAsync);
        routes.Post(List + "/{id}/hide", Permission.ChangeStories, request => ChangeAsync(request, "hide", hidden: true, null));
        routes.Post(List + "/{id}/restore", Permission.ChangeStories, request => ChangeAsync(request, "restore", hidden: false, null));
        routes.Post(
            List + "/{id}/section", Permission.ChangeStories,
            request => ChangeAsync(request, "section", null, request.Form.Value("section") ?? ""));
    }

    /// <summary>GET /desk/stories: the filters of <see cref="StoryQuery"/>, and <c>after</c> for the next page.</summary>
    private async Task ListAsync(DeskRequest request)
    {
        var wanted = StoryQuery.Read(request.Query);
        var found = await standings.ExecuteAsync(request.Cancellation);
        var page = await pageStories.ExecuteAsync(wanted.Filter(found), wanted.Days, request.Query("after"), PerPage, request.Cancellation);
        await request.PageAsync<StoriesPage>(
            ("Page", page), ("Wanted", wanted), ("Standings", found), ("Feeds", await feeds.NamesAsync(request.Cancellation)));
    }

    private async Task ShowAsync(DeskRequest request)
    {
        if (await show.ExecuteAsync(request.Route("id"), request.Cancellation) is not { } file)
        {
            await NotFoundAsync(request);
            return;
        }

        var changes = request.View.May(Permission.SeeAudit)
            ? await audit.ListOfAsync(file.Story.Id, MaxChanges, request.Cancellation) : [];
        await request.PageAsync<StoryPageView>(
            ("File", file), ("Feeds", await feeds.NamesAsync(request.Cancellation)), ("Changes", changes));
    }

    private async Task ChangeAsync(DeskRequest request, string verb, bool? hidden, string? section)
    {
        var id = request.Route("id");
        switch (await change.ExecuteAsync(id, request.Form.Value("version") ?? "", hidden, section, request.Cancellation))
        {
            case ChangeStoryOutcome.Changed { Before: var before, After: var after }:
                if (before != after)
                {
                    await audit.WriteAsync(
                        request.Actor, "story." + verb, id, Words(verb, before), Words(verb, after), request.Cancellation);
                }

                await request.DoneAsync($"{List}/{id}", "Stories.Done." + verb);
                break;
            case ChangeStoryOutcome.Outdated:
                await request.ChangedAsync($"{List}/{id}");
                break;
            default:
                await NotFoundAsync(request);
                break;
        }
    }

    private static Task NotFoundAsync(DeskRequest request) =>
        request.MessageAsync(StatusCodes.Status404NotFound, "Stories.None", List, "Nav.Stories");

    /// <summary>The decision in words, for the record.</summary>
    public static string? Words(string verb, Story story) =>
        verb == "section" ? story.Section : story.Desk.Dropped ? "hidden" : "shown";
}

/// <summary>The choice of stories in a query.</summary>
/// <param name="Text">Words to find; empty for all.</param>
/// <param name="Days">Days back.</param>
/// <param name="State">The place of the story; null for all.</param>
/// <param name="Source">A feed's id, or "api".</param>
/// <param name="Section">The section.</param>
/// <param name="Language">The language without region.</param>
/// <param name="Kind">The kind.</param>
public sealed record StoryQuery(
    string Text, int Days, StoryPlace? State, string? Source, string? Section, string? Language, StoryKind? Kind)
{
    /// <summary>The spans from which one is chosen.</summary>
    public static IReadOnlyList<int> Spans { get; } = [2, 7, 30, 90];

    private const int Usual = 7;
    private const int MaxText = 200;

    /// <summary>Reads the query. A value that is not understood counts as not given.</summary>
    public static StoryQuery Read(Func<string, string?> query) => new(
        ContentText.Line(query("q"), MaxText),
        int.TryParse(query("days"), out var days) && Spans.Contains(days) ? days : Usual,
        Place(query("state")),
        query("source"), ContentText.LineOrNull(query("section"), ContentText.MaxName),
        LanguageTag.Parse(query("language"))?.Split('-')[0].ToLowerInvariant(), StoryKinds.Parse(query("kind")));

    /// <summary>The place as it stands in the query.</summary>
    public static string Name(StoryPlace place) => JsonNamingPolicy.KebabCaseLower.ConvertName(place.ToString());

    private static StoryPlace? Place(string? text) =>
        Enum.GetValues<StoryPlace>().Where(place => Name(place) == text).Select(place => (StoryPlace?)place).FirstOrDefault();

    /// <summary>True if it is not every story of the usual span.</summary>
    public bool IsNarrow => this != new StoryQuery("", Usual, null, null, null, null, null);

    /// <summary>True if a filter beyond words, span and place is set.</summary>
    public bool HasFurther => Source is not null || Section is not null || Language is not null || Kind is not null;

    /// <summary>The filter.</summary>
    public StoryFilter Filter(StoryStandings standings) => new()
    {
        Text = Text,
        Source = Source,
        Section = Section,
        Language = Language,
        Kind = Kind,
        Where = State is null ? null : story => standings.Of(story).Place == State,
    };

    /// <summary>The path of the list that begins at the position.</summary>
    public string Path(string after)
    {
        var values = new (string Name, string? Value)[]
        {
            ("q", Text), ("days", Days.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ("state", State is { } place ? Name(place) : null), ("source", Source), ("section", Section), ("language", Language),
            ("kind", Kind switch { StoryKind.Article => "article", StoryKind.BlogPost => "blog-post", _ => null }), ("after", after),
        };
        return "/desk/stories?" + string.Join('&', values.Where(pair => !string.IsNullOrEmpty(pair.Value))
            .Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value!)}"));
    }
}
