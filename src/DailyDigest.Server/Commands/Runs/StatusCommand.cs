using System.CommandLine;
using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Mailing;
using DailyDigest.Reporting;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary><c>status</c>: the runs of a date, and every reader who did not get the digest, with the reason.</summary>
internal static class StatusCommand
{
    /// <summary>The time of an attempt that is due and that no worker has taken yet.</summary>
    public const string WhenFree = "as soon as a worker is free";

    private sealed record Request(DateOnly? Date, Cohort? Cohort, ReaderName? Reader, FileInfo? Csv, int Limit, string? After, bool Json);

    public static Command Create(Terminal terminal)
    {
        var date = Inputs
            .Date("The local date. Default: today in the home zone, and runs of other dates that are open or began within 24 hours");
        var cohort = Inputs.Cohort("Only this cohort's runs");
        var reader = Inputs.Subscriber("Show one reader's result: on the date, or on each of the last seven days");
        var limit = Inputs.Limit("The maximum number of readers to list per run", 100);
        var after = Inputs.After();
        var all = new Option<bool>("--all") { Description = "List every reader who did not get it" };
        var csv = new Option<FileInfo?>("--csv")
        {
            Description = "Write every reader who did not get it to this file instead of listing "
            + "them",
            HelpName = "file"
        };
        var json = Inputs.Json();
        var command = new Command(
            "status", "Show the runs of a date: the counts, and each reader who did not get the digest, with the reason. Ends with 1 if "
                + "a relay cannot be used.")
        {
            date, cohort, reader, limit, after, all, csv, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(reader) is not null
                && (result.GetResult(cohort) ?? result.GetResult(csv) ?? result.GetResult(after)) is not null)
            {
                result.AddError("--subscriber goes with --date and --json only.");
            }
        });
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => ExecuteAsync(
                app.Services,
                terminal,
                new Request(
                    parsed.GetValue(date), parsed.GetValue(cohort), parsed.GetValue(reader), parsed.GetValue(csv),
                    parsed.GetValue(all) ? int.MaxValue : parsed.GetValue(limit), parsed.GetValue(after), parsed.GetValue(json)),
                stop),
            cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, Request request, CancellationToken cancellationToken)
    {
        if (request.Reader is { } reader)
        {
            return await reader.FindAsync(services, terminal, cancellationToken) is { } id
                ? await new ReaderAnswer(services, terminal).ExecuteAsync(id, request.Date, request.Json, cancellationToken)
                : 1;
        }

        var chosenRuns = new ChosenRuns(services);
        var date = request.Date ?? chosenRuns.Today;
        var chosen = await chosenRuns.ListAsync(request.Date, request.Cohort, cancellationToken);
        if (request.Csv is { } file)
        {
            var export = services.GetRequiredService<ExportNotSent>();
            return await PrivateFile.WriteAsync(file, "--csv", stream => export.ExecuteAsync(stream, chosen, cancellationToken), terminal);
        }

        var status = new StatusReport(services, request.Limit, request.After);
        var runs = await status.RunsAsync(chosen, cancellationToken);
        if (runs.Count == 0 && chosenRuns.NotKept(date) is { } why && !request.Json)
        {
            await terminal.LineAsync($"{date.Text()} is {why}; its deliveries have been deleted.");
            return 0;
        }

        var notBegun = chosenRuns.NotKept(date) is null ? await status.NotBegunAsync(date, request.Cohort, cancellationToken) : [];
        var later = request.Cohort is null
            ? await new LaterCohorts(services).ListAsync(date, begunToo: runs.Count == 0 && notBegun.Count == 0, cancellationToken)
            : [];
        var faults = await services.GetRequiredService<RelayFaults>().ListAsync(cancellationToken);
        var restored = await status.RestoredAsync(cancellationToken);
        var jump = await services.GetRequiredService<ClockJumps>().FindAsync(cancellationToken);
        var mailbox = services.GetService<IReturnMailbox>();
        var readings = mailbox is null
            ? null : await services.GetRequiredService<MailboxStates>().GetAsync(mailbox.Id, cancellationToken);
        var returns = await ReturnsOfDay.ReadAsync(services, request.Date, cancellationToken);
        if (request.Json)
        {
            await terminal.JsonAsync(new
            {
                Date = date,
                Runs = runs,
                NotBegun = notBegun,
                Later = later,
                RelayFaults = faults,
                Restored = restored,
                ClockJump = jump,
                Mailbox = readings,
                Returns = returns.Counts,
            });
        }
        else
        {
            foreach (var one in restored)
            {
                await terminal.LineAsync($"The store does not know what was written between {one.Span}: an older copy was put back.");
            }

            if (jump is not null)
            {
                await terminal.LineAsync($"Check the time of this machine: {jump}.");
            }

            foreach (var fault in faults)
            {
                await terminal.LineAsync($"{fault} (doctor checks it)");
            }

            var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
            foreach (var line in readings is null ? [] : MailboxLines.Of(readings, mailbox!.Name, now))
            {
                await terminal.LineAsync(line);
            }

            await WriteAsync(runs, notBegun, later, date, now, terminal, cancellationToken);
            if (request.Cohort is null && returns.Words() is { } words)
            {
                await terminal.LineAsync(words);
            }
        }

        return faults.Count > 0 || runs.Any(run => run.RelayTrouble is not null && run.State == RunState.Open) ? 1 : 0;
    }

    private static async Task WriteAsync(
        IReadOnlyList<RunStatus> runs, IReadOnlyList<NotBegunStatus> notBegun, IReadOnlyList<LaterCohort> later, DateOnly date,
        DateTimeOffset now,
        Terminal terminal, CancellationToken cancellationToken)
    {
        foreach (var run in runs)
        {
            await WriteAsync(run, now, terminal, cancellationToken);
        }

        foreach (var cohort in notBegun)
        {
            await terminal
                .LineAsync($"{cohort.Date.Text()} {cohort.Cohort}: {(cohort.Due > now ? "due at" : "was due at")} "
                    + $"{Format.Time(cohort.Due)}, not started{(cohort.HasReaders ? "" : "; no readers, made for the archive only")}");
        }

        if (runs.Count == 0 && notBegun.Count == 0)
        {
            await terminal.LineAsync(later.Count == 0 ? $"There is no record of {date.Text()}." : $"There is no run on {date.Text()}.");
        }

        foreach (var line in LaterCohorts.Lines(later))
        {
            await terminal.LineAsync(line);
        }
    }

    private static async Task WriteAsync(RunStatus run, DateTimeOffset now, Terminal terminal, CancellationToken cancellationToken)
    {
        var counts = run.Counts.Where(pair => pair.Value > 0).Select(
            pair => $"{Format.Count(pair.Value)} {Format.Name(pair.Key)}").ToList();
        if (run.NotTakenUp > 0)
        {
            counts.Add($"{Format.Count(run.NotTakenUp)} "
                + $"{(run.State == RunState.Closed ? "never taken up (deliver --missing sends to them)" : "not taken up yet")}");
        }

        var waits = run.AwaitsApprovalUntil is { } until ? $"waits until {Format.Time(until)} for an editor's approval" : null;
        var what = run.Why ?? waits ?? (counts.Count > 0 ? string.Join(", ", counts) : "no readers");
        var word = run.Held ? Word(run) : run.Cancelled ? ", cancelled" : run.Paused && run.State is not RunState.Closed ? ", paused" : "";
        await terminal.LineAsync($"{run.Date.Text()} {run.Cohort}: {Format.Name(run.State)}{word}: {what}");
        if (run.State is RunState.Open or RunState.Preparing)
        {
            await terminal.LineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"  {run.PartsDone} of {run.Parts} parts done; undelivered mail expires at {Format.Time(run.Deadline)}"));
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
            await terminal.LineAsync($"  {Format.Count(reason.Count)} {Format.Name(reason.State)}: {reason.Why}");
        }

        string? last = null;
        await terminal.ListAsync(
            ["id", "address", "state", "reason", "reply", "attempts", "next try"],
            run.NotSent.Select(one => (IReadOnlyList<string>)
            [
                ShortId.Of(last = one.Id), one.Address ?? "(erased)", Format.Name(one.State), one.Reason ?? "", one.Reply ?? "",
                one.Attempts.ToString(CultureInfo.InvariantCulture), one.NextTry <= now ? WhenFree : Format.Time(one.NextTry, ""),
            ]),
            cancellationToken);
        if (run.More > 0)
        {
            await terminal
                .LineAsync($"  and {Format.Count(run.More)} more ({(last is null ? "" : $"--after {ShortId.Of(last)} continues, ")}"
                    + "--all lists them, --csv FILE writes them)");
        }
    }

    private static string Word(RunStatus run) =>
        run.State is RunState.Open or RunState.Preparing && !run.Cancelled ? $", {ChosenRuns.HeldHelp}"
            : run.Cancelled ? ", not sent again after a restore" : "";

    private static string Words(PartReport part, DateTimeOffset now)
    {
        var since = part.Since is { } at ? $" since {at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} UTC" : "";
        var who = part switch
        {
            { OwnerIsGone: true } => $"abandoned by {part.Owner}, which has ended; no write{since}",
            { Owner: { } owner } => $"held by {owner}, which last wrote at {since.Replace(" since ", "", StringComparison.Ordinal)}",
            { NextTry: { } next, Cancelled: false } when next > now => $"waits until {Format.Time(next)}",
            { Paused: true, Cancelled: false } => $"held by no worker{since}",
            _ => $"held by no worker{since}, continues {WhenFree}",
        };
        return who + (part.Cancelled ? "; cancelled" : part.Paused ? "; paused" : "")
            + (part.Trouble is { } trouble ? $"; the relay said: {trouble}" : "");
    }
}
