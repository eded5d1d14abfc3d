using System.CommandLine;
using System.Globalization;
using DailyDigest.Delivery;
using DailyDigest.Schedule;

namespace DailyDigest.Server.Commands;

/// <summary><c>status</c>: who did not get the digest, and why.</summary>
internal static class StatusCommand
{
    public static Command Create(Terminal terminal)
    {
        var date = Inputs.Date("The local date; without it today in the home zone, and what began within 24 hours or is still open on other dates");
        var limit = Inputs.Limit("How many readers to list per run", 100);
        var all = new Option<bool>("--all") { Description = "List every reader who did not get it" };
        var json = Inputs.Json();
        var command = new Command(
            "status", "Show each run of a date: its counts, and every reader who did not get it, with the reason. Ends with 1 if the relay refuses us.")
        {
            date, limit, all, json,
        };
        command.SetAction((parsed, cancellationToken) => TheProgram.WithAsync(
            terminal,
            (app, stop) => ExecuteAsync(
                app.Services, terminal, parsed.GetValue(date), parsed.GetValue(all) ? int.MaxValue : parsed.GetValue(limit), parsed.GetValue(json), stop),
            cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, DateOnly? wanted, int limit, bool json, CancellationToken cancellationToken)
    {
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var date = wanted ?? Zones.LocalDate(services.GetRequiredService<Publication>().TimeZone, now);
        var status = new StatusReport(services);
        var runs = await status.RunsAsync(date, alsoRecent: wanted is null, limit, cancellationToken);
        var notBegun = await status.NotBegunAsync(date, cancellationToken);
        var later = await new LaterCohorts(services).ListAsync(date, begunToo: runs.Count == 0 && notBegun.Count == 0, cancellationToken);
        if (json)
        {
            await terminal.JsonAsync(new { Date = date, Runs = runs, NotBegun = notBegun, Later = later });
        }
        else
        {
            foreach (var run in runs)
            {
                await WriteAsync(run, terminal);
            }

            foreach (var cohort in notBegun)
            {
                await terminal.LineAsync($"{cohort.Date.Text()} {cohort.Cohort}: {(cohort.Due > now ? "due at" : "was due at")} {Said.At(cohort.Due)}, not begun");
            }

            if (runs.Count == 0 && notBegun.Count == 0)
            {
                await terminal.LineAsync(later.Count == 0 ? $"Nothing is known of {date.Text()}." : $"There is no run on {date.Text()}.");
            }

            foreach (var line in LaterCohorts.Lines(later))
            {
                await terminal.LineAsync(line);
            }
        }

        return runs.Any(run => run.RelayTrouble is not null && run.State == RunState.Open) ? 1 : 0;
    }

    private static async Task WriteAsync(RunStatus run, Terminal terminal)
    {
        var counts = run.Counts.Where(pair => pair.Value > 0).Select(pair => $"{Said.Count(pair.Value)} {Said.Word(pair.Key)}").ToList();
        if (run.NotTakenUp > 0)
        {
            counts.Add($"{Said.Count(run.NotTakenUp)} not taken up yet");
        }

        var what = run.Why ?? (counts.Count > 0 ? string.Join(", ", counts) : "no readers");
        await terminal.LineAsync($"{run.Date.Text()} {run.Cohort}: {Said.Word(run.State)}{(run.Paused ? ", paused" : "")}: {what}");
        if (run.State is RunState.Open or RunState.Preparing)
        {
            await terminal.LineAsync(string.Create(
                CultureInfo.InvariantCulture, $"  {run.PartsDone} of {run.Parts} parts done; what is not delivered by {Said.At(run.Deadline)} expires"));
        }

        if (run.RelayTrouble is { } trouble)
        {
            await terminal.LineAsync($"  the relay refuses us: {trouble}");
        }

        if (run.NotSent.Count > 0)
        {
            await terminal.TableAsync(
                ["id", "address", "state", "reason", "reply", "attempts", "next try"],
                run.NotSent.Select(one => (IReadOnlyList<string>)
                [
                    one.Id, one.Address ?? "(erased)", Said.Word(one.State), one.Reason ?? "", one.Reply ?? "",
                    one.Attempts.ToString(CultureInfo.InvariantCulture), Said.At(one.NextTry, ""),
                ]));
        }

        if (run.More > 0)
        {
            await terminal.LineAsync($"  and {Said.Count(run.More)} more (--all lists them)");
        }
    }
}
