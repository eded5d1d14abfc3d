using System.CommandLine;
using DailyDigest.Hooks;

namespace DailyDigest.Server.Commands;

/// <summary><c>hooks</c>: web hooks, which tell other programs what happens.</summary>
internal static class HooksCommand
{
    public static Command Create(Terminal terminal) => new("hooks", "Tell other programs by web hooks what happens.")
    {
        CreateList(terminal),
        CreateAdd(terminal),
        OnHook(terminal, "enable", "Switch a web hook on again. What it still waits for is sent now.", HookActs.EnableAsync),
        OnHook(terminal, "disable", "Switch a web hook off. It gets no events until it is switched on.", HookActs.DisableAsync),
        OnHook(terminal, "remove", "Remove a web hook and its log.", HookActs.RemoveAsync),
        OnHook(terminal, "test", "Send a test event to a web hook and show the answer.", HookActs.TestAsync),
        CreateLog(terminal),
        CreateRedeliver(terminal),
    };

    private static Argument<string> Hook() => new("HOOK") { Description = "The web hook's id, as hooks list shows it" };

    private static Command CreateList(Terminal terminal)
    {
        var json = Inputs.Json();
        var command = new Command("list", "List the web hooks with their events, and whether they work. No secret is shown.") { json };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal, (app, stop) => HookLists.HooksAsync(app.Services, terminal, parsed.GetValue(json), stop), cancellationToken));
        return command;
    }

    private static Command CreateAdd(Terminal terminal)
    {
        var url = new Argument<string>("URL") { Description = "The receiver: an https URL" };
        var events = new Option<string>("--events")
        {
            Description = $"The events, separated by commas, or a group such as run: {string.Join(", ", HookTypes.All)}. Default: all",
            HelpName = "a,b",
            DefaultValueFactory = _ => "*",
        };
        var address = new Option<bool>("--with-address")
        {
            Description = "Send the reader's e-mail address with events of subscribers. Default: only the id",
        };
        var command = new Command("add", "Add a web hook, and show its secret once.") { url, events, address };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => HookActs.AddAsync(
                app.Services, terminal, parsed.GetRequiredValue(url), parsed.GetRequiredValue(events), parsed.GetValue(address), stop),
            cancellationToken, creates: true));
        return command;
    }

    private static Command CreateLog(Terminal terminal)
    {
        var (hook, json) = (Hook(), Inputs.Json());
        var count = new Option<int>("--count")
        {
            Description = "How many deliveries, newest first. Default: 50",
            HelpName = "number",
            DefaultValueFactory = _ => 50,
        };
        var command = new Command(
            "log", "List the events of a web hook in the last 30 days, and what became of each.") { hook, count, json };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => HookLists.CallsAsync(
                app.Services, terminal, parsed.GetRequiredValue(hook), Math.Clamp(parsed.GetValue(count), 1, 1000), parsed.GetValue(json),
                stop),
            cancellationToken));
        return command;
    }

    private static Command CreateRedeliver(Terminal terminal)
    {
        var hook = Hook();
        var one = new Argument<string>("EVENT") { Description = "The event's id or its beginning, as hooks log shows it" };
        var command = new Command("redeliver", "Send an event to a web hook again, with the same id.") { hook, one };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => HookActs.RedeliverAsync(
                app.Services, terminal, parsed.GetRequiredValue(hook), parsed.GetRequiredValue(one), stop),
            cancellationToken));
        return command;
    }

    private static Command OnHook(
        Terminal terminal, string verb, string what, Func<IServiceProvider, Terminal, Hook, CancellationToken, Task<int>> work)
    {
        var id = Hook();
        var command = new Command(verb, what) { id };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            async (app, stop) => await HookLists.FindAsync(app.Services, terminal, parsed.GetRequiredValue(id), stop) is { } hook
                ? await work(app.Services, terminal, hook, stop)
                : 1,
            cancellationToken));
        return command;
    }
}
