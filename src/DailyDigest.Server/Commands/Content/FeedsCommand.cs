using System.CommandLine;
using System.Globalization;
using DailyDigest.Content;

namespace DailyDigest.Server.Commands;

/// <summary><c>feeds</c>: lists, adds and removes feeds.</summary>
internal static class FeedsCommand
{
    public static Command Create(Terminal terminal) => new("feeds", "List, add and remove the feeds that are polled.")
    {
        CreateList(terminal),
        CreateAdd(terminal),
        CreateRemove(terminal),
    };

    private static Command CreateList(Terminal terminal)
    {
        var json = Inputs.Json();
        var command = new Command("list", "List the feeds with their last poll, failures in a row and last error.") { json };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal, (app, stop) => ListAsync(app, terminal, parsed.GetValue(json), stop), cancellationToken));
        return command;
    }

    private static Command CreateAdd(Terminal terminal)
    {
        var url = new Argument<string>("URL") { Description = "The feed: RSS, Atom or JSON Feed, over http or https" };
        var name = new Option<string>("--name") { Description = "The name shown to operators. Default: the URL's host", HelpName = "text" };
        var kind = new Option<string>("--kind") { Description = "The kind of its items", DefaultValueFactory = _ => "article" };
        kind.AcceptOnlyFromAmong("article", "blogpost");
        var ranked = new Option<bool>("--ranked") { Description = "The feed's order is its editors' ranking, as in a top-stories feed" };
        var command = new Command("add", "Add a feed, or change the name, kind or ranking of a known one.") { url, name, kind, ranked };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => AddAsync(
                app, terminal, parsed.GetRequiredValue(url), parsed.GetValue(name) ?? "",
                parsed.GetValue(kind) == "blogpost" ? StoryKind.BlogPost : StoryKind.Article, parsed.GetValue(ranked), stop),
            cancellationToken));
        return command;
    }

    private static Command CreateRemove(Terminal terminal)
    {
        var id = new Argument<string>("ID") { Description = "The feed's id, as feeds list shows it" };
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
                feed.LastPolled,
                feed.LastGood,
                feed.Failures,
                feed.LastError,
            }));
            return 0;
        }

        await terminal.TableAsync(
            ["id", "name", "kind", "ranked", "last poll", "last good", "failures", "last error", "url"],
            feeds.Select(feed => (IReadOnlyList<string>)
            [
                feed.Id, feed.Name, feed.Kind == StoryKind.Article ? "article" : "blogpost", feed.Ranked ? "yes" : "no",
                Format.Time(feed.LastPolled, "never"), Format.Time(feed.LastGood, "never"), feed.Failures.ToString(
                    CultureInfo.InvariantCulture),
                feed.LastError ?? "", feed.Url,
            ]));
        return 0;
    }

    private static async Task<int> AddAsync(
        WebApplication app, Terminal terminal, string url, string name, StoryKind kind, bool ranked, CancellationToken cancellationToken)
    {
        var addition = await app.Services.GetRequiredService<FeedStore>().AddAsync(url, name, kind, ranked, cancellationToken);
        if (addition == FeedAddition.NotAUrl)
        {
            await terminal.ErrorAsync("URL: an absolute http or https URL without user name and password.");
            return 2;
        }

        var word = addition switch { FeedAddition.Added => "added", FeedAddition.Updated => "changed", _ => "unchanged" };
        await terminal.LineAsync($"{Feed.IdOf(url.Trim())} {word}");
        return 0;
    }

    private static async Task<int> RemoveAsync(WebApplication app, Terminal terminal, string id, CancellationToken cancellationToken)
    {
        if (!await app.Services.GetRequiredService<FeedStore>().RemoveAsync(id, cancellationToken))
        {
            await terminal.ErrorAsync($"There is no feed {id}; feeds list shows their ids.");
            return 1;
        }

        await terminal.LineAsync($"{id} removed");
        if (app.Services.GetRequiredService<FeedsOptions>().Sources.Any(source => Feed.IdOf(source.Url.Trim()) == id))
        {
            await terminal.ErrorAsync("Feeds__Sources lists this feed too; remove it there, or the next poll adds it again.");
        }

        return 0;
    }
}
