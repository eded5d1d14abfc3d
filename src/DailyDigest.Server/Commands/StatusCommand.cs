using System.CommandLine;
using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary><c>status</c>: who did not get the digest, and why.</summary>
internal static class StatusCommand
{
    /// <summary>When something is tried whose time has come, but that no worker has taken yet.</summary>
    public const string SoonAs = "as soon as there is room";

    private sealed record Wish(DateOnly? Date, Cohort? Cohort, ReaderName? Reader, FileInfo? Csv, int Limit, string? After, bool Json);

    public static Command Create(Terminal terminal)
    {
        var date = Inputs.Date("The local date; without it today in the home zone, and what began within 24 hours or is still open on other dates");
        var cohort = Inputs.Cohort("This cohort's runs alone");
        var reader = Inputs.Subscriber("Answer for one reader: on the date, or on the last days");
        var limit = Inputs.Limit("How many readers to list per run", 100);
        var after = Inputs.After();
        var all = new Option<bool>("--all") { Description = "List every reader who did not get it" };
        var csv = new Option<FileInfo?>("--csv") { Description = "Write every reader who did not get it into this file instead of listing them", HelpName = "file" };
        var json = Inputs.Json();
        var command = new Command(
            "status", "Show each run of a date: its counts, and every reader who did not get it, with the reason. Ends with 1 if the relay refuses us.")
        {
            date, cohort, reader, limit, after, all, csv, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(reader) is not null && (result.GetResult(cohort) ?? result.GetResult(csv) ?? result.GetResult(after)) is not null)
            {
                result.AddError("--subscriber goes with --date and --json only.");
            }
        });
        command.SetAction((parsed, cancellationToken) => TheProgram.WithAsync(
            terminal,
            (app, stop) => ExecuteAsync(
                app.Services,
                terminal,
                new Wish(
                    parsed.GetValue(date), parsed.GetValue(cohort), parsed.GetValue(reader), parsed.GetValue(csv),
                    parsed.GetValue(all) ? int.MaxValue : parsed.GetValue(limit), parsed.GetValue(after), parsed.GetValue(json)),
                stop),
            cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(IServiceProvider services, Terminal terminal, Wish wish, CancellationToken cancellationToken)
    {
        if (wish.Reader is { } reader)
        {
            return await reader.FindAsync(services, terminal, cancellationToken) is { } id
                ? await new ReaderAnswer(services, terminal).ExecuteAsync(id, wish.Date, wish.Json, cancellationToken)
                : 1;
        }

        var chosenRuns = new ChosenRuns(services);
        var date = wish.Date ?? chosenRuns.Today;
        var chosen = await chosenRuns.ListAsync(wish.Date, wish.Cohort, cancellationToken);
        if (wish.Csv is { } file)
        {
            var export = services.GetRequiredService<ExportNotSent>();
            return await PrivateFile.WriteAsync(file, "--csv", stream => export.ExecuteAsync(stream, chosen, cancellationToken), terminal);
        }

        var status = new StatusReport(services, wish.Limit, wish.After);
        var runs = await status.RunsAsync(chosen, cancellationToken);
        if (runs.Count == 0 && chosenRuns.Forgotten(date) is { } why && !wish.Json)
        {
            await terminal.LineAsync($"{date.Text()} is {why}: what was sent then is not known any more.");
            return 0;
        }

        var notBegun = chosenRuns.Forgotten(date) is null ? await status.NotBegunAsync(date, wish.Cohort, cancellationToken) : [];
        var later = wish.Cohort is null
            ? await new LaterCohorts(services).ListAsync(date, begunToo: runs.Count == 0 && notBegun.Count == 0, cancellationToken)
            : [];
        if (wish.Json)
        {
            await terminal.JsonAsync(new { Date = date, Runs = runs, NotBegun = notBegun, Later = later });
        }
        else
        {
            await WriteAsync(runs, notBegun, later, date, services.GetRequiredService<TimeProvider>().GetUtcNow(), terminal, cancellationToken);
        }

        return runs.Any(run => run.RelayTrouble is not null && run.State == RunState.Open) ? 1 : 0;
    }

    private static async Task WriteAsync(
        IReadOnlyList<RunStatus> runs, IReadOnlyList<NotBegunStatus> notBegun, IReadOnlyList<LaterCohort> later, DateOnly date, DateTimeOffset now,
        Terminal terminal, CancellationToken cancellationToken)
    {
        foreach (var run in runs)
        {
            await WriteAsync(run, now, terminal, cancellationToken);
        }

        foreach (var cohort in notBegun)
        {
            await terminal.LineAsync($"{cohort.Date.Text()} {cohort.Cohort}: {(cohort.Due > now ? "due at" : "was due at")} {Said.At(cohort.Due)}, not begun{(cohort.HasReaders ? "" : "; no readers, for the archive alone")}");
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

    private static async Task WriteAsync(RunStatus run, DateTimeOffset now, Terminal terminal, CancellationToken cancellationToken)
    {
        var counts = run.Counts.Where(pair => pair.Value > 0).Select(pair => $"{Said.Count(pair.Value)} {Said.Word(pair.Key)}").ToList();
        if (run.NotTakenUp > 0)
        {
            counts.Add($"{Said.Count(run.NotTakenUp)} {(run.State == RunState.Closed ? "never taken up (deliver --missing sends to them)" : "not taken up yet")}");
        }

        var what = run.Why ?? (counts.Count > 0 ? string.Join(", ", counts) : "no readers");
        var word = (run.Cancelled, run.Paused && run.State is not RunState.Closed) switch { (true, _) => ", cancelled", (_, true) => ", paused", _ => "" };
        await terminal.LineAsync($"{run.Date.Text()} {run.Cohort}: {Said.Word(run.State)}{word}: {what}");
        if (run.State is RunState.Open or RunState.Preparing)
        {
            await terminal.LineAsync(string.Create(
                CultureInfo.InvariantCulture, $"  {run.PartsDone} of {run.Parts} parts done; what is not delivered by {Said.At(run.Deadline)} expires"));
        }

        if (run.RelayTrouble is { } trouble)
        {
            await terminal.LineAsync($"  the relay refuses us: {trouble}");
        }

        foreach (var part in run.OpenParts.Where(_ => run.State == RunState.Open))
        {
            await terminal.LineAsync($"  part {part.Slice}: {Words(part, now)}");
        }

        foreach (var reason in run.Reasons)
        {
            await terminal.LineAsync($"  {Said.Count(reason.Count)} {Said.Word(reason.State)}: {reason.Why}");
        }

        string? last = null;
        await terminal.ListAsync(
            ["id", "address", "state", "reason", "reply", "attempts", "next try"],
            run.NotSent.Select(one => (IReadOnlyList<string>)
            [
                last = one.Id, one.Address ?? "(erased)", Said.Word(one.State), one.Reason ?? "", one.Reply ?? "",
                one.Attempts.ToString(CultureInfo.InvariantCulture), one.NextTry <= now ? SoonAs : Said.At(one.NextTry, ""),
            ]),
            cancellationToken);
        if (run.More > 0)
        {
            await terminal.LineAsync($"  and {Said.Count(run.More)} more ({(last is null ? "" : $"--after {last} goes on, ")}--all lists them, --csv FILE writes them)");
        }
    }

    private static string Words(PartReport part, DateTimeOffset now)
    {
        var since = part.Since is { } at ? $" since {at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} UTC" : "";
        var who = part switch
        {
            { OwnerIsGone: true } => $"left behind by {part.Owner}, which does not run any more; silent{since}",
            { Owner: { } owner } => $"in the hands of {owner}, which last wrote at {since.Replace(" since ", "", StringComparison.Ordinal)}",
            { NextTry: { } next, Cancelled: false } when next > now => $"waits until {Said.At(next)}",
            { Paused: true, Cancelled: false } => $"in nobody's hands{since}",
            _ => $"in nobody's hands{since}, goes on {SoonAs}",
        };
        return who + (part.Cancelled ? "; cancelled" : part.Paused ? "; paused" : "") + (part.Trouble is { } trouble ? $"; the relay said: {trouble}" : "");
    }
}
