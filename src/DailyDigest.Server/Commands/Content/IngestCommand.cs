using System.CommandLine;
using System.Globalization;
using DailyDigest.Content;

namespace DailyDigest.Server.Commands;

/// <summary><c>ingest</c>: polls every feed once.</summary>
internal static class IngestCommand
{
    public static Command Create(Terminal terminal)
    {
        var json = Inputs.Json();
        var command = new Command("ingest", "Poll every feed once and store its stories. Ends with 1 if every feed failed.") { json };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal, (app, stop) => ExecuteAsync(app, terminal, parsed.GetValue(json), stop), cancellationToken, creates: true));
        return command;
    }

    private static async Task<int> ExecuteAsync(WebApplication app, Terminal terminal, bool json, CancellationToken cancellationToken)
    {
        var polls = await app.Services.GetRequiredService<PollFeeds>().ExecuteAsync(evenSlow: true, cancellationToken);
        if (json)
        {
            await terminal.JsonAsync(new { polls.Added, polls.Updated, polls.Failed, polls.Feeds });
        }
        else if (polls.Feeds.Count == 0)
        {
            await terminal.LineAsync("There are no feeds. Add one: feeds add URL.");
        }

        foreach (var feed in json ? [] : polls.Feeds)
        {
            var what = feed.IsPaused ? "paused"
                : feed.Error is { } error ? "failed: " + error
                : feed.NotModified ? "nothing new: it was not modified since the last poll"
                : feed is { Read: > 0, Added: 0, Updated: 0, Refused: 0 }
                    ? string.Create(CultureInfo.InvariantCulture, $"nothing new: {feed.Read} read, all known")
                : feed is { Read: 0, Refused: 0 } ? "nothing new: there is no story in it"
                : string.Create(CultureInfo.InvariantCulture, $"{feed.Read} read, {feed.Added} new, {feed.Updated} changed")
                    + (feed.Refused > 0 ? string.Create(CultureInfo.InvariantCulture, $", {feed.Refused} refused") : "");
            await terminal.LineAsync($"{feed.Name}: {what}" + (feed is { Error: null, Notes: { } notes } ? $" ({notes})" : ""));
        }

        var idle = polls.Feeds.Where(feed => feed is { Error: null, Added: 0, Updated: 0, IsPaused: false }).ToList();
        if (!json && polls.Feeds.Count > 1)
        {
            await terminal.LineAsync(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{polls.Feeds.Count} feeds: {polls.Added} new, {polls.Updated} changed, {idle.Count} with nothing new, "
                        + $"{polls.Failed} failed"));
        }

        return polls.Feeds.Count > 0 && polls.Failed == polls.Feeds.Count ? 1 : 0;
    }
}
