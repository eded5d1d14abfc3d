using DailyDigest.Accounts;
using DailyDigest.Content;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>A feed that was read on trial, and what the form said.</summary>
/// <param name="Url">The address as it was typed.</param>
/// <param name="Settings">The settings of the form.</param>
/// <param name="Trial">The result; null if nothing was read.</param>
/// <param name="Faults">Faults of the form.</param>
public sealed record TriedFeed(string Url, FeedSettings Settings, FeedTrial? Trial, IReadOnlyList<string> Faults);

/// <summary>The pages of feeds: the list, a trial, and one feed with its record.</summary>
internal sealed class FeedEndpoints(
    FeedStore feeds, TryFeed tryFeed, ChangeFeed changeFeed, ReadFeedNow readNow, PageStories pageStories, AuditLog audit,
    TimeProvider time)
{
    private const string List = "/desk/feeds";
    private const int Latest = 10;
    private const int LatestDays = 14;
    private const int MaxChanges = 20;

    // A request is answered within 30 s. A feed with many new stories may need longer on a slow store.
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(25);

    public void Map(GuardedRoutes routes)
    {
        routes.Get(List, Permission.SeeFeeds, ListAsync);
        routes.Get(List + "/try", Permission.ChangeFeeds, request => TryPageAsync(request, request.Query("url") ?? ""));
        routes.Post(List + "/try", Permission.ChangeFeeds, TryAsync);
        routes.Post(List + "/add", Permission.ChangeFeeds, AddAsync);
        routes.Get(List + "/{id}", Permission.SeeFeeds, request => ShowAsync(request, StatusCodes.Status200OK));
        routes.Post(List + "/{id}/change", Permission.ChangeFeeds, ChangeAsync);
        routes.Post(List + "/{id}/pause", Permission.ChangeFeeds, request => PauseAsync(request, "pause", paused: true));
        routes.Post(List + "/{id}/resume", Permission.ChangeFeeds, request => PauseAsync(request, "resume", paused: false));
        routes.Post(List + "/{id}/read", Permission.ChangeFeeds, ReadAsync);
        routes.Post(List + "/{id}/remove", Permission.ChangeFeeds, RemoveAsync);
    }

    /// <summary>GET /desk/feeds?state=STATE&amp;q=WORDS</summary>
    private async Task ListAsync(DeskRequest request)
    {
        var state = Enum.TryParse<FeedState>(request.Query("state"), ignoreCase: true, out var parsed) && Enum.IsDefined(parsed)
            ? parsed : (FeedState?)null;
        await request.PageAsync<FeedsPage>(
            ("Feeds", await feeds.ListAsync(request.Cancellation)), ("State", state), ("Search", request.Query("q") ?? ""));
    }

    private static Task TryPageAsync(DeskRequest request, string url) => request.PageAsync<TryFeedPage>(
        ("Tried", new TriedFeed(url, new FeedSettings("", StoryKind.Article, false, null, null), null, [])));

    /// <summary>POST: reads the address now and stores nothing.</summary>
    private async Task TryAsync(DeskRequest request)
    {
        var (url, settings, faults) = Typed(request);
        var trial = faults.Count > 0 ? null : await tryFeed.ExecuteAsync(url, settings, request.Cancellation);
        var status = trial?.Reading is null ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK;
        await request.PageAsync<TryFeedPage>(status, ("Tried", new TriedFeed(url, settings, trial, faults)));
    }

    /// <summary>POST: adds the feed and reads it, so that its stories are there at once.</summary>
    private async Task AddAsync(DeskRequest request)
    {
        var (typed, settings, faults) = Typed(request);
        var url = TryFeed.Address(typed);
        if (faults.Count > 0 || !CanonicalUrl.TryLink(url, out _))
        {
            var trial = faults.Count > 0 ? null : await tryFeed.ExecuteAsync(url, settings, request.Cancellation);
            await request.PageAsync<TryFeedPage>(
                StatusCodes.Status422UnprocessableEntity, ("Tried", new TriedFeed(typed, settings, trial, faults)));
            return;
        }

        var id = Feed.IdOf(url);
        if (await feeds.GetAsync(id, request.Cancellation) is { } known)
        {
            await request.FaultAsync(Path(id), "Feeds.Known", known.Name);
            return;
        }

        await feeds.AddAsync(url, settings, request.Cancellation);
        var added = await feeds.GetAsync(id, request.Cancellation);
        await audit.WriteAsync(request.Actor, "feed.add", id, null, added is null ? null : Words(added), request.Cancellation);
        await ReadAsync(request, id, "Feeds.Added");
    }

    private async Task ShowAsync(DeskRequest request, int status, IReadOnlyList<string>? faults = null, FeedSettings? typed = null)
    {
        if (await feeds.GetAsync(request.Route("id"), request.Cancellation) is not { } feed)
        {
            await NotFoundAsync(request);
            return;
        }

        var latest = await pageStories.ExecuteAsync(
            new StoryFilter { Source = feed.Id }, LatestDays, null, Latest, request.Cancellation);
        var changes = request.View.May(Permission.SeeAudit)
            ? await audit.ListOfAsync(feed.Id, MaxChanges, request.Cancellation) : [];
        await request.PageAsync<FeedPage>(
            status, ("Feed", feed), ("IsConfigured", changeFeed.IsConfigured(feed)), ("Latest", latest.Stories), ("Changes", changes),
            ("Faults", faults ?? []), ("Settings", typed ?? FeedSettings.Of(feed)));
    }

    private async Task ChangeAsync(DeskRequest request)
    {
        var (_, settings, faults) = Typed(request);
        if (faults.Count > 0)
        {
            await ShowAsync(request, StatusCodes.Status422UnprocessableEntity, faults, settings);
            return;
        }

        await ChangeAsync(request, "change", settings, null, Words);
    }

    private Task PauseAsync(DeskRequest request, string verb, bool paused) =>
        ChangeAsync(request, verb, null, paused, feed => feed.Paused is null ? "polled" : "paused");

    private async Task ChangeAsync(DeskRequest request, string verb, FeedSettings? settings, bool? paused, Func<Feed, string> words)
    {
        var id = request.Route("id");
        switch (await changeFeed.ExecuteAsync(id, Version(request), settings, paused, request.Cancellation))
        {
            case ChangeFeedOutcome.Changed { Before: var before, After: var after }:
                if (before != after)
                {
                    await audit.WriteAsync(request.Actor, "feed." + verb, id, words(before), words(after), request.Cancellation);
                }

                await request.DoneAsync(Path(id), "Feeds.Done." + verb, after.Name);
                break;
            case ChangeFeedOutcome.Outdated:
                await request.ChangedAsync(Path(id));
                break;
            default:
                await NotFoundAsync(request);
                break;
        }
    }

    private Task ReadAsync(DeskRequest request) => ReadAsync(request, request.Route("id"), "Feeds.Read");

    // The texts KEY.Done and KEY.Failed, which say what came of the reading.
    private async Task ReadAsync(DeskRequest request, string id, string key)
    {
        using var limit = new CancellationTokenSource(ReadTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(request.Cancellation, limit.Token);
        FeedPoll? poll;
        try
        {
            poll = await readNow.ExecuteAsync(id, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !request.Cancellation.IsCancellationRequested)
        {
            await request.FaultAsync(Path(id), "Feeds.Read.Slow");
            return;
        }

        if (poll is null)
        {
            await NotFoundAsync(request);
            return;
        }

        if (key == "Feeds.Read")
        {
            await audit.WriteAsync(request.Actor, "feed.read", id, null, poll.Error ?? $"{poll.Added} new", request.Cancellation);
        }

        var words = new FeedWords(request.View);
        await (poll.Error is not null ? request.FaultAsync(Path(id), key + ".Failed")
            : request.DoneAsync(Path(id), key + ".Done", words.Number(poll.Added), words.Number(poll.Read)));
    }

    private async Task RemoveAsync(DeskRequest request)
    {
        var id = request.Route("id");
        if (await feeds.GetAsync(id, request.Cancellation) is not { } feed)
        {
            await NotFoundAsync(request);
            return;
        }

        if (changeFeed.IsConfigured(feed))
        {
            await request.FaultAsync(Path(id), "Feeds.Configured.Remove");
            return;
        }

        if (await feeds.RemoveAsync(id, Version(request), request.Cancellation) is not { IsRemoved: true })
        {
            await request.ChangedAsync(Path(id));
            return;
        }

        await audit.WriteAsync(request.Actor, "feed.remove", id, Words(feed), null, request.Cancellation);
        await request.DoneAsync(List, "Feeds.Removed", feed.Name);
    }

    private static Task NotFoundAsync(DeskRequest request) =>
        request.MessageAsync(StatusCodes.Status404NotFound, "Feeds.None", List, "Nav.Feeds");

    private static (string Url, FeedSettings Settings, List<string> Faults) Typed(DeskRequest request)
    {
        var (form, faults) = (request.Form, new List<string>());
        var settings = FeedSettings.Parse(
            form.Value("name"), form.Value("kind"), form.Value("ranked") is not null, form.Value("section"), form.Value("language"),
            faults);
        return (form.Value("url") is { Length: <= CanonicalUrl.MaxLength } url ? url : "", settings, faults);
    }

    // A form always carries a version. Without one nothing would protect the change of somebody else.
    private static string Version(DeskRequest request) => request.Form.Value("version") ?? "";

    private static string Words(Feed feed) => $"{FeedSettings.Of(feed)}, {feed.Url}";

    private static string Path(string id) => $"{List}/{id}";
}
