using System.CommandLine;
using System.Globalization;
using DailyDigest.Content;

namespace DailyDigest.Server.Commands;

/// <summary><c>feeds</c>: lists, adds and removes feeds.</summary>
internal static class FeedsCommand
{
    public static Command Create(Terminal terminal) => new("feeds", "List, add, pause and remove the feeds that are polled.")
    {
        CreateList(terminal),
        CreateAdd(terminal),
        CreatePause(terminal, "pause", "Stop polling a feed until feeds resume; it stays in the list.", paused: true),
        CreatePause(terminal, "resume", "Poll a paused feed again, from the next round on.", paused: false),
        CreateRemove(terminal),
    };

    private static Command CreateList(Terminal terminal)
    {
        var json = Inputs.Json();
        var command = new Command("list", "List the feeds with their last poll, failures in a row, last error and notes.") { json };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal, (app, stop) => ListAsync(app, terminal, parsed.GetValue(json), stop), cancellationToken));
        return command;
    }

    private static Command CreateAdd(Terminal terminal)
    {
        var url = new Argument<string>("URL") { Description = "The feed: RSS, Atom or JSON Feed, over http or https" };
        var name = new Option<string>("--name") { Description = "The name shown to operators. Default: the URL's host", HelpName = "text" };
        var kind = new Option<StoryKind>("--kind")
        {
            Description = "The kind of its items: article (default) or blog-post",
            HelpName = "kind",
            CustomParser = result =>
            {
                if (StoryKinds.Parse(result.Tokens[0].Value) is { } one)
                {
                    return one;
                }

                result.AddError("--kind: article or blog-post.");
                return StoryKind.Article;
            },
        };
        var ranked = new Option<bool>("--ranked") { Description = "The feed's order is its editors' ranking, as in a top-stories feed" };
        var section = new Option<string>("--section")
        {
            Description = "The section of stories for which the feed names none",
            HelpName = "name",
        };
        var language = new Option<string>("--language")
        {
            Description = "The language of stories for which the feed names none, such as en",
            HelpName = "tag",
            CustomParser = result =>
            {
                if (LanguageTag.Parse(result.Tokens[0].Value) is { } tag)
                {
                    return tag;
                }

                result.AddError("--language: a BCP 47 tag such as en or ar-EG.");
                return null;
            },
        };
        var noRead = new Option<bool>("--no-read") { Description = "Add the feed without reading it first" };
        var command = new Command(
            "add", "Read a feed, show what it has, and add it; or change the name, kind or ranking of a known one. "
                + "A feed that cannot be read is not added.") { url, name, kind, ranked, section, language, noRead };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => AddFeed.ExecuteAsync(
                app.Services, terminal,
                new Feed
                {
                    Id = Feed.IdOf(parsed.GetRequiredValue(url).Trim()),
                    Url = parsed.GetRequiredValue(url).Trim(),
                    Name = parsed.GetValue(name) ?? "",
                    Kind = parsed.GetValue(kind),
                    Ranked = parsed.GetValue(ranked),
                    Section = ContentText.LineOrNull(parsed.GetValue(section), ContentText.MaxName),
                    Language = parsed.GetValue(language),
                },
                read: !parsed.GetValue(noRead), stop),
            cancellationToken, creates: true));
        return command;
    }

    private static Argument<string> Named() =>
        new("FEED") { Description = "The feed's name, URL, id or its beginning, as feeds list shows them" };

    private static Command CreatePause(Terminal terminal, string verb, string description, bool paused)
    {
        var id = Named();
        var command = new Command(verb, description) { id };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal, (app, stop) => PauseAsync(app, terminal, parsed.GetRequiredValue(id), verb, paused, stop), cancellationToken));
        return command;
    }

    private static Command CreateRemove(Terminal terminal)
    {
        var id = Named();
        var command = new Command("remove", "Stop polling a feed; its stories stay.") { id };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal, (app, stop) => RemoveAsync(app, terminal, parsed.GetRequiredValue(id), stop), cancellationToken));
        return command;
    }

    private static async Task<int> ListAsync(WebApplication app, Terminal terminal, bool json, CancellationToken cancellationToken)
    {
        var feeds = await app.Services.GetRequiredService<FeedStore>().ListAsync(cancellationToken);
        if (json)
        {
            await terminal.JsonAsync(feeds.Select(feed => new
            {
                feed.Id,
                feed.Name,
                feed.Url,
                feed.Kind,
                feed.Ranked,
                feed.Section,
                feed.Language,
                feed.Paused,
                feed.LastPolled,
                feed.LastGood,
                feed.Failures,
                feed.LastError,
                feed.Notes,
            }));
            return 0;
        }

        await terminal.TableAsync(
            ["id", "name", "kind", "ranked", "last poll", "last good", "failures", "last error", "notes", "url"],
            feeds.Select(feed => (IReadOnlyList<string>)
            [
                ShortId.Of(feed.Id), feed.Name, StoryKinds.Words(feed.Kind), feed.Ranked ? "yes" : "no",
                feed.Paused is null ? Format.Time(feed.LastPolled, "never") : "paused",
                Format.Time(feed.LastGood, "never"), feed.Failures.ToString(
                    CultureInfo.InvariantCulture),
                feed.LastError ?? "", feed.Notes ?? "", feed.Url,
            ]));
        return 0;
    }

    private static async Task<int> RemoveAsync(WebApplication app, Terminal terminal, string id, CancellationToken cancellationToken)
    {
        var store = app.Services.GetRequiredService<FeedStore>();
        if (await FindAsync(store, terminal, id, cancellationToken) is not { } feed || !await store.RemoveAsync(feed.Id, cancellationToken))
        {
            return 1;
        }

        await app.Services.AuditAsync("feed.remove", feed.Id, feed.Name, null, cancellationToken);
        await terminal.LineAsync($"{feed.Name} removed");
        if (app.Services.GetRequiredService<FeedsOptions>().Sources.Any(source => Feed.IdOf(source.Url.Trim()) == feed.Id))
        {
            await terminal.ErrorAsync("Feeds__Sources lists this feed too; remove it there, or the next poll adds it again.");
        }

        return 0;
    }

    private static async Task<int> PauseAsync(
        WebApplication app, Terminal terminal, string id, string verb, bool paused, CancellationToken cancellationToken)
    {
        var change = app.Services.GetRequiredService<ChangeFeed>();
        if (await FindAsync(app.Services.GetRequiredService<FeedStore>(), terminal, id, cancellationToken) is not { } feed
            || await change.ExecuteAsync(feed.Id, null, null, paused, cancellationToken) is not ChangeFeedOutcome.Changed changed)
        {
            return 1;
        }

        var was = changed.Before.Paused is not null;
        if (was != paused)
        {
            await app.Services.AuditAsync("feed." + verb, feed.Id, was ? "paused" : "polled", paused ? "paused" : "polled",
                cancellationToken);
        }

        await terminal.LineAsync($"{feed.Name} {(paused ? "is paused" : "is polled again, from the next round on")}");
        return 0;
    }

    private static async Task<Feed?> FindAsync(FeedStore store, Terminal terminal, string id, CancellationToken cancellationToken)
    {
        var found = (await store.ListAsync(cancellationToken)).Where(feed => IsMeant(feed, id)).ToList();
        if (found is [var feed])
        {
            return feed;
        }

        await terminal.ErrorAsync(found.Count > 1
            ? $"{Format.Count(found.Count)} feeds are meant by {id}: give the id, as feeds list shows it."
            : $"There is no feed {id}; feeds list shows them.");
        return null;
    }

    private static bool IsMeant(Feed feed, string text) =>
        feed.Url == text.Trim() || feed.Id == Feed.IdOf(text.Trim()) || feed.Name.Equals(text, StringComparison.OrdinalIgnoreCase)
        || (ShortId.IsPrefix(text, feed.Id.Length) && feed.Id.StartsWith(text, StringComparison.Ordinal));
}
