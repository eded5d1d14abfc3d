using System.CommandLine;
using System.Globalization;
using DailyDigest.Content;

namespace DailyDigest.Server.Commands;

/// <summary><c>stories</c>: the candidates, and the editors' decisions on them.</summary>
internal static class StoriesCommand
{
    private const double MaxBoost = 100;
    private const int StoryIdLength = 32;

    public static Command Create(Terminal terminal) => new("stories", "List stories, and pin, drop or boost them.")
    {
        CreateList(terminal),
        Decision(terminal, "pin", "Put a story at the top of the next digest.", desk => desk with { Pinned = true }),
        Decision(terminal, "unpin", "Remove a pin.", desk => desk with { Pinned = false }),
        Decision(terminal, "drop", "Keep a story out of every digest.", desk => desk with { Dropped = true }),
        Decision(terminal, "undrop", "Undo a drop.", desk => desk with { Dropped = false }),
        CreateBoost(terminal),
    };

    private static Command CreateList(Terminal terminal)
    {
        var json = Inputs.Json();
        var days = new Option<int>("--days")
        {
            Description = "The number of days, by date of publication (UTC); 1 is today",
            HelpName = "number",
            DefaultValueFactory = _ => 2,
        };
        days.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    && number is >= 1 and <= 366))
            {
                result.AddError("--days: 1 to 366.");
            }
        });
        var list = new Command("list", "List the stories of the last days, newest first.") { days, json };
        list.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal, (app, stop) => ListAsync(app, terminal, parsed.GetValue(days), parsed.GetValue(json), stop), cancellationToken));
        return list;
    }

    private static Command Decision(Terminal terminal, string verb, string description, Func<Desk, Desk> decide)
    {
        var id = Id();
        var command = new Command(verb, description) { id };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal, (app, stop) => DecideAsync(app, terminal, parsed.GetRequiredValue(id), decide, stop), cancellationToken));
        return command;
    }

    private static Command CreateBoost(Terminal terminal)
    {
        var id = Id();
        var factor = new Argument<double>("FACTOR")
        {
            Description = "Above 1 raises the story, below 1 lowers it, 1 removes the boost",
            CustomParser = result =>
            {
                if (!double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                    || !(number is > 0 and <= MaxBoost))
                {
                    result.AddError("FACTOR: above 0 and up to 100, such as 1.5.");
                }

                return number;
            },
        };
        var command = new Command("boost", "Multiply a story's score.") { id, factor };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => DecideAsync(
                app, terminal, parsed.GetRequiredValue(id), desk => desk with { Boost = parsed.GetRequiredValue(factor) }, stop),
            cancellationToken));
        return command;
    }

    private static Argument<string> Id() => new("STORY")
    {
        Description = "The story's URL, or its id or its beginning as stories list shows it",
    };

    private static async Task<int> ListAsync(
        WebApplication app, Terminal terminal, int days, bool json, CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(app.Services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime);
        // One day ahead as well: a story dated in the future is held back, and editors want to see it.
        var range = await app.Services.GetRequiredService<StoryStore>().RangeAsync(
            today.AddDays(1 - days), today.AddDays(1), cancellationToken);
        var stories = range.Stories.OrderByDescending(story => story.Published).ThenBy(story => story.Id, StringComparer.Ordinal).ToList();
        if (range.Unreadable > 0)
        {
            await terminal.ErrorAsync(
                string.Create(CultureInfo.InvariantCulture, $"{range.Unreadable} rows cannot be read as stories and are left out."));
        }

        if (json)
        {
            await terminal.JsonAsync(stories);
            return 0;
        }

        var names = await app.Services.GetRequiredService<FeedStore>().NamesAsync(cancellationToken);

        await terminal.TableAsync(
            ["id", "published", "kind", "feed", "section", "desk", "title"],
            stories.Select(story => (IReadOnlyList<string>)
            [
                ShortId.Of(story.Id), Format.Time(story.Published), StoryKinds.Words(story.Kind),
                names.GetValueOrDefault(story.Source, story.Source), story.Section ?? "", Word(story.Desk), story.Title,
            ]));
        return 0;
    }

    private static string Word(Desk desk) => string.Join(", ", new[]
    {
        desk.Pinned ? "pinned" : "",
        desk.Dropped ? "dropped" : "",
        desk.Boost != 1 ? string.Create(CultureInfo.InvariantCulture, $"x{desk.Boost:0.##}") : "",
    }.Where(word => word.Length > 0));

    private static async Task<int> DecideAsync(
        WebApplication app, Terminal terminal, string id, Func<Desk, Desk> decide, CancellationToken cancellationToken)
    {
        var stories = app.Services.GetRequiredService<StoryStore>();
        var found = await FindAsync(stories, id, cancellationToken);
        if (found.Count > 1)
        {
            await terminal.ErrorAsync(ShortId.Ambiguous(id, "stories"));
            return 1;
        }

        var before = found.Count == 0 ? null : await stories.FindAsync(found[0], cancellationToken);
        if (found.Count == 0 || await stories.DeskAsync(found[0], decide, cancellationToken) == StoryChange.NotFound
            || await stories.FindAsync(found[0], cancellationToken) is not { } story)
        {
            await terminal.ErrorAsync($"There is no story {id}; stories list shows their ids.");
            return 1;
        }

        var word = Word(story.Desk);
        await app.Services.AuditAsync("story.decide", story.Id, before is null ? null : Word(before.Desk), word, cancellationToken);
        await terminal.LineAsync($"{story.Title}: {(word.Length > 0 ? word : "no editorial decision")}");
        return 0;
    }

    // An id, its beginning, or the story's URL.
    private static async Task<IReadOnlyList<string>> FindAsync(StoryStore stories, string text, CancellationToken cancellationToken) =>
        CanonicalUrl.TryParse(text, out var url) ? [StoryId.From(url)]
        : StoryId.Is(text) ? [text]
        : ShortId.IsPrefix(text, StoryIdLength) ? await stories.FindIdsAsync(text, 2, cancellationToken)
        : [];
}
