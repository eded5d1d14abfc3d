using System.CommandLine;
using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary><c>subscribers</c>: lists and changes subscribers.</summary>
internal static class SubscribersCommand
{
    private const int Page = 500;

    public static Command Create(Terminal terminal) => new("subscribers", "List, show, change, import and export subscribers.")
    {
        CreateList(terminal),
        ShowCommand.Create(terminal),
        SupportCommands.Add(terminal),
        SupportCommands.Resend(terminal),
        SetCommand.Create(terminal),
        SupportCommands.Wake(terminal),
        SupportCommands.Unsubscribe(terminal),
        ImportCommand.Create(terminal),
        ExportCommand.Create(terminal),
        CreateErase(terminal),
        CreateSuppress(terminal),
        CreateRestore(terminal),
    };

    /// <summary>The option that selects one status.</summary>
    public static Option<string> Status()
    {
        var status = new Option<string>("--status") { Description = "Only those of this status", HelpName = "status" };
        return status.AcceptOnlyFromAmong("pending", "active", "unsubscribed", "bounced", "complained");
    }

    /// <summary>The status that a word of <see cref="Status"/> means; null for none.</summary>
    public static SubscriberStatus? Parse(string? word) =>
        Enum.TryParse<SubscriberStatus>(word, ignoreCase: true, out var status) && !string.IsNullOrEmpty(word) ? status : null;

    private static Command CreateList(Terminal terminal)
    {
        var status = Status();
        var limit = Inputs.Limit("The maximum number to list; 0 for all", 1000);
        var json = Inputs.Json();
        var command = new Command("list", "List subscribers with address, status and when they get the digest.") { status, limit, json };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) =>
                ListAsync(app.Services, terminal, Parse(parsed.GetValue(status)), parsed.GetValue(limit), parsed.GetValue(json), stop),
            cancellationToken));
        return command;
    }

    private static Command CreateErase(Terminal terminal) => SupportCommands.Of(
        terminal, "erase", "Erase a reader everywhere. Only a keyed hash stays, so that no import adds them again.",
        async (services, person, stop) =>
        {
            await services.GetRequiredService<EraseSubscriber>().ExecuteAsync(person.Id, stop);
            await services.AuditAsync("reader.erase", person.Id, Format.Name(person.Status), null, stop);
            await terminal.LineAsync("Erased.");
            return 0;
        });

    private static Command CreateSuppress(Terminal terminal)
    {
        var address = Inputs.Address();
        var reason = new Option<string>("--reason") { Description = "Why the address gets no more mail", Required = true };
        reason.AcceptOnlyFromAmong("complained", "bounced");
        var command = new Command("suppress", "Stop all mail to an address that bounces, or whose reader complained.") { address, reason };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => SuppressionsCommand.AddAsync(
                app.Services, terminal, parsed.GetRequiredValue(address).Value,
                parsed.GetValue(reason) == "complained" ? Suppression.Complained : Suppression.Bounced, stop),
            cancellationToken));
        return command;
    }

    private static Command CreateRestore(Terminal terminal) => SupportCommands.Of(
        terminal, "restore", "Restore a subscriber whose address was wrongly recorded as bounced.",
        async (services, person, stop) =>
        {
            if (!await services.GetRequiredService<RestoreSubscriber>().ExecuteAsync(person.Id, stop))
            {
                await terminal.ErrorAsync("The reader's status is not bounced. A reader who left or complained returns only by "
                    + "confirming again.");
                return 1;
            }

            await services.AuditAsync("reader.restore", person.Id, Format.Name(person.Status), "active", stop);
            await terminal.LineAsync("Restored.");
            return 0;
        });

    /// <summary>Date and source of a consent.</summary>
    public static string Words(Consent consent) =>
        (consent.At?.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "date unknown") + ", " + consent.Source;

    private static async Task<int> ListAsync(
        IServiceProvider services, Terminal terminal, SubscriberStatus? status, int limit, bool json, CancellationToken cancellationToken)
    {
        var list = services.GetRequiredService<ListSubscribers>();
        var max = limit == 0 ? int.MaxValue : limit;
        var people = new List<Subscriber>();
        var more = true;
        while (more && people.Count <= max)
        {
            var page = await list.ExecuteAsync(status, people.Count == 0 ? null : people[^1].Id, Page, cancellationToken);
            people.AddRange(page);
            more = page.Count == Page;
        }

        var shown = people.Take(max).ToList();
        if (json)
        {
            await terminal.JsonAsync(shown.Select(person => new
            {
                person.Id,
                person.Address,
                person.Status,
                person.Zone,
                person.Hour,
                Rhythm = person.Rhythm.ToString(),
                person.Language,
                person.Sections,
                person.StoryLanguages,
                person.PausedUntil,
                RestingUntil = person.Rest is { IsEnded: false } rest ? rest.Until : (DateOnly?)null,
                person.Created,
                person.Confirmed,
                person.Ended,
                ConsentAt = person.Consent.At,
                ConsentSource = person.Consent.Source,
            }));
        }
        else
        {
            await terminal.TableAsync(
                ["id", "address", "status", "cohort", "language", "consent", "since"], shown.Select(person => (IReadOnlyList<string>)
            [
                ShortId.Of(person.Id), person.Address, Format.Name(person.Status), person.Cohort.Key, person.Language,
                Words(person.Consent), Format.Time(person.Created),
            ]));
        }

        if (people.Count > shown.Count)
        {
            await terminal
                .ErrorAsync($"There are more than {Format.Count(shown.Count)}: --limit 0 lists all, subscribers export writes them.");
        }

        return 0;
    }
}
