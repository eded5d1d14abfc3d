using DailyDigest.Accounts;
using DailyDigest.Content;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Feeds: the list, a trial, one feed and every change to it.</summary>
internal sealed class FeedResource(FeedStore feeds, TryFeed tryFeed, ChangeFeed change, ReadFeedNow readNow, AuditLog audit)
{
    private const int MaxShown = 20;

    public void Map(ApiRoutes routes)
    {
        routes.Get("/feeds", Permission.SeeFeeds, "listFeeds", ListAsync).InPages()
            .Takes<FeedState>("state", "Only feeds of this state.").Says("Lists feeds by name.");
        routes.Post<ApiNewFeed, ApiFeedTrial>("/feeds/try", Permission.ChangeFeeds, "tryFeed", TryAsync).OnlyReads()
            .Says("Reads an address on trial.", "It says what would be taken from it and what is wrong with it, and stores nothing. "
                + "It takes at most 20 seconds and 5 MB. Private addresses are refused.");
        routes.Post<ApiNewFeed, ApiFeed>("/feeds", Permission.ChangeFeeds, "addFeed", AddAsync).Answers(StatusCodes.Status201Created)
            .Fails(ApiProblem.NotPossible).Says("Adds a feed.", "It is read in the next round, within ten minutes.");
        routes.Get("/feeds/{id}", Permission.SeeFeeds, "getFeed", GetAsync).Fails(ApiProblem.NotFound).Says("Shows one feed.");
        routes.Patch<ApiFeedChange, ApiFeed>("/feeds/{id}", Permission.ChangeFeeds, "changeFeed", ChangeAsync).Versioned()
            .Fails(ApiProblem.NotFound).Says("Changes name, kind, ranking, section and language of a feed.");
        routes.Post("/feeds/{id}/pause", Permission.ChangeFeeds, "pauseFeed", request => PauseAsync(request, "pause", paused: true))
            .Versioned().Fails(ApiProblem.NotFound).Says("Stops reading a feed until it is resumed.");
        routes.Post("/feeds/{id}/resume", Permission.ChangeFeeds, "resumeFeed", request => PauseAsync(request, "resume", paused: false))
            .Versioned().Fails(ApiProblem.NotFound).Says("Ends a pause.");
        routes.Post("/feeds/{id}/read", Permission.ChangeFeeds, "readFeed", ReadAsync).Fails(ApiProblem.NotFound)
            .Says("Reads a feed now and takes its stories.");
        routes.Delete("/feeds/{id}", Permission.ChangeFeeds, "removeFeed", RemoveAsync).Versioned()
            .Fails(ApiProblem.NotFound, ApiProblem.NotPossible).Says("Removes a feed. Its stories stay.");
    }

    private async Task<ApiAnswer<ApiPage<ApiFeed>>> ListAsync(ApiRequest request)
    {
        var state = request.Word<FeedState>("state");
        var wanted = (await feeds.ListAsync(request.Cancellation)).Where(feed => state is null || feed.State == state);
        var rest = request.After is { } after ? wanted.SkipWhile(feed => feed.Id != after).Skip(1).ToList() : [.. wanted];
        var shown = rest.Take(request.Take).ToList();
        return request.Page(shown.Select(Show), rest.Count > shown.Count ? shown[^1].Id : null);
    }

    private async Task<ApiAnswer<ApiFeedTrial>> TryAsync(ApiRequest request, ApiNewFeed body)
    {
        var faults = new List<string>();
        var settings = Settings(body, faults);
        var trial = faults.Count > 0 ? null : await tryFeed.ExecuteAsync(body.Url, settings, request.Cancellation);
        if (trial?.Reading is null)
        {
            return Faulty(faults);
        }

        var (read, failed) = (trial.Reading as FeedReading.Read, trial.Reading as FeedReading.Failed);
        return new ApiFeedTrial(
            trial.Feed.Url, trial.IsReadable, trial.Known?.Id, failed?.Reason ?? read?.Error,
            failed?.Problem ?? (read?.Error is null ? null : FeedProblem.NoEntry), failed?.Named ?? [], Text(read?.Title),
            Text(read?.Format), Text(read?.Charset), read?.MovedTo, read?.Stories.Count ?? 0, read?.Refused ?? 0, read?.Notes ?? [],
            [.. (read?.Stories ?? []).OrderByDescending(story => story.Published).Take(MaxShown).Select(story => ApiStory.Of(story))]);
    }

    private async Task<ApiAnswer<ApiFeed>> AddAsync(ApiRequest request, ApiNewFeed body)
    {
        var faults = new List<string>();
        var (url, settings) = (TryFeed.Address(body.Url), Settings(body, faults));
        if (faults.Count > 0 || !CanonicalUrl.TryLink(url, out _))
        {
            return Faulty(faults);
        }

        var id = Feed.IdOf(url);
        if (await feeds.GetAsync(id, request.Cancellation) is not null)
        {
            return ApiProblem.NotPossible.Because($"The feed {id} has this address already.");
        }

        await feeds.AddAsync(url, settings, request.Cancellation);
        if (await feeds.GetAsync(id, request.Cancellation) is not { } added)
        {
            return ApiProblem.NotPossible.Because("Somebody removed the feed at once.");
        }

        await audit.WriteAsync(request.Actor, "feed.add", id, null, $"{FeedSettings.Of(added)}, {url}", request.Cancellation);
        return ApiAnswer.Of(Show(added)).At(added.Version, "/api/v1/feeds/" + id);
    }

    private async Task<ApiAnswer<ApiFeed>> GetAsync(ApiRequest request) =>
        await feeds.GetAsync(request.Route("id"), request.Cancellation) is { } feed
            ? ApiAnswer.Of(Show(feed)).At(feed.Version) : ApiProblem.NotFound;

    private async Task<ApiAnswer<ApiFeed>> ChangeAsync(ApiRequest request, ApiFeedChange body)
    {
        if (await feeds.GetAsync(request.Route("id"), request.Cancellation) is not { } feed)
        {
            return ApiProblem.NotFound;
        }

        var faults = new List<string>();
        var settings = FeedSettings.Parse(
            body.Name ?? feed.Name, StoryKinds.Words(body.Kind ?? feed.Kind).Replace(' ', '-'), body.Ranked ?? feed.Ranked,
            body.Section ?? feed.Section, body.Language ?? feed.Language, faults);

        // A field that is left out keeps the value that was read here.
        return faults.Count > 0 ? Faulty(faults)
            : await DoAsync(request, "change", request.Version ?? feed.Version, settings, null, one => FeedSettings.Of(one).ToString());
    }

    private Task<ApiAnswer<ApiFeed>> PauseAsync(ApiRequest request, string verb, bool paused) =>
        DoAsync(request, verb, request.Version, null, paused, feed => feed.Paused is null ? "polled" : "paused");

    private async Task<ApiAnswer<ApiFeed>> DoAsync(
        ApiRequest request, string verb, string? version, FeedSettings? settings, bool? paused, Func<Feed, string> words)
    {
        var id = request.Route("id");
        switch (await change.ExecuteAsync(id, version, settings, paused, request.Cancellation))
        {
            case ChangeFeedOutcome.Changed { Before: var before, After: var after }:
                if (before != after)
                {
                    await audit.WriteAsync(request.Actor, "feed." + verb, id, words(before), words(after), request.Cancellation);
                }

                return ApiAnswer.Of(Show(after)).At(after.Version);
            case ChangeFeedOutcome.Outdated:
                return ApiProblem.Changed;
            default:
                return ApiProblem.NotFound;
        }
    }

    private async Task<ApiAnswer<ApiFeedPoll>> ReadAsync(ApiRequest request)
    {
        var id = request.Route("id");
        if (await readNow.ExecuteAsync(id, request.Cancellation) is not { } poll)
        {
            return ApiProblem.NotFound;
        }

        await audit.WriteAsync(request.Actor, "feed.read", id, null, poll.Error ?? $"{poll.Added} new", request.Cancellation);
        return new ApiFeedPoll(poll.Read, poll.Added, poll.Updated, poll.Refused, poll.NotModified, poll.Error, poll.Notes);
    }

    private async Task<ApiAnswer<NoContent>> RemoveAsync(ApiRequest request)
    {
        if (await feeds.GetAsync(request.Route("id"), request.Cancellation) is not { } feed)
        {
            return ApiProblem.NotFound;
        }

        if (change.IsConfigured(feed))
        {
            return ApiProblem.NotPossible.Because("The settings of the program name this feed, so it would come back. Remove it there.");
        }

        if (await feeds.RemoveAsync(feed.Id, request.Version ?? feed.Version, request.Cancellation) is not { IsRemoved: true })
        {
            return ApiProblem.Changed;
        }

        await audit.WriteAsync(request.Actor, "feed.remove", feed.Id, $"{FeedSettings.Of(feed)}, {feed.Url}", null, request.Cancellation);
        return NoContent.Now;
    }

    private ApiFeed Show(Feed feed) => ApiFeed.Of(feed, change.IsConfigured(feed));

    private static FeedSettings Settings(ApiNewFeed body, List<string> faults) => FeedSettings.Parse(
        body.Name, StoryKinds.Words(body.Kind ?? StoryKind.Article).Replace(' ', '-'), body.Ranked, body.Section, body.Language, faults);

    private static ApiFault Faulty(List<string> faults) => faults.Count > 0 ? new ApiFault(ApiProblem.Invalid, null, faults)
        : ApiProblem.Of("url", "must be an http or https address without user name and password");

    private static string? Text(string? text) => text is { Length: > 0 } ? text : null;
}
