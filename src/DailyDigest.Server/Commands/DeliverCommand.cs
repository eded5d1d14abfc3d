using System.CommandLine;
using DailyDigest.Calendar;
using DailyDigest.Repair;
using DailyDigest.Runs;

namespace DailyDigest.Server.Commands;

/// <summary><c>deliver</c>: delivers what is open, and sends runs again to those whom they missed.</summary>
internal static class DeliverCommand
{
    private sealed record Wish(bool Missing, bool Hold, bool Release, bool Retry, DateOnly? Date, Cohort? Cohort, ReaderName? Reader, bool DryRun);

    public static Command Create(Terminal terminal)
    {
        var missing = new Option<bool>("--missing") { Description = "Send to exactly those who did not get it: expired, refused for a reason that may be mended, withheld by a cancel" };
        var hold = new Option<bool>("--hold") { Description = "Hold those who are in doubt: they are not sent to again" };
        var release = new Option<bool>("--release") { Description = "Send again to those who are held, under the same Message-ID" };
        var retry = new Option<bool>("--retry") { Description = "Try those who wait in open runs now, instead of when their time comes: the relay is mended" };
        var date = Inputs.Date("The local date: today or one of the last two days; without it today in the home zone, and what began within 24 hours elsewhere");
        var cohort = Inputs.Cohort("This cohort's run alone (status shows the names)");
        var reader = Inputs.Subscriber("This reader alone, with --missing or --release");
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say whom it concerns" };
        var command = new Command(
            "deliver", "Deliver the runs that are open until nothing is left to do now; begin none. With --retry, --missing, --hold or --release: see to those who did not "
                + "get it first. Ends with 1 if the relay refuses us, or a run could not be seen to; with 3 if an operator cancelled it.")
        {
            retry, missing, hold, release, date, cohort, reader, dryRun,
        };
        command.Validators.Add(result =>
        {
            var which = new[] { retry, missing, hold, release }.Count(one => result.GetValue(one));
            if (which > 1)
            {
                result.AddError("--retry, --missing, --hold and --release: one of them at a time.");
            }
            else if (which == 0 && (result.GetResult(date) ?? result.GetResult(cohort) ?? result.GetResult(reader) ?? result.GetResult(dryRun)) is not null)
            {
                result.AddError("--date, --cohort, --subscriber and --dry-run go with --retry, --missing, --hold or --release.");
            }
            else if ((result.GetValue(hold) || result.GetValue(retry)) && result.GetResult(reader) is not null)
            {
                result.AddError("--subscriber goes with --missing or --release.");
            }
        });
        command.SetAction((parsed, cancellationToken) => TheProgram.WithAsync(
            terminal,
            (app, stop) => ExecuteAsync(
                app.Services,
                terminal,
                new Wish(
                    parsed.GetValue(missing), parsed.GetValue(hold), parsed.GetValue(release), parsed.GetValue(retry),
                    parsed.GetValue(date), parsed.GetValue(cohort), parsed.GetValue(reader), parsed.GetValue(dryRun)),
                stop),
            cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(IServiceProvider services, Terminal terminal, Wish wish, CancellationToken cancellationToken)
    {
        var failed = false;
        var delivery = new RunProgress(services);
        if (wish.Retry)
        {
            var waiting = await new ChosenRuns(services).ListOpenAsync(wish.Date, wish.Cohort, cancellationToken);
            if (waiting.Count == 0)
            {
                await terminal.ErrorAsync(ChosenRuns.NoneOpen(wish.Date, wish.Cohort));
                return 1;
            }

            foreach (var run in waiting.Where(run => run.State == RunState.Open))
            {
                failed |= await RetryAsync(services, terminal, run, wish.DryRun, cancellationToken);
            }
        }
        else if (wish.Missing || wish.Hold || wish.Release)
        {
            string? reader = null;
            if (wish.Reader is { } name && (reader = await name.FindAsync(services, terminal, cancellationToken)) is null)
            {
                return 1;
            }

            var runs = new ChosenRuns(services);
            var chosen = await runs.ListAsync(wish.Date, wish.Cohort, cancellationToken);
            if (chosen.Count == 0)
            {
                await terminal.ErrorAsync(runs.None(wish.Date, wish.Cohort));
                return 1;
            }

            if (wish.Cohort is null && chosen.All(run => run.State == RunState.Skipped))
            {
                foreach (var run in chosen)
                {
                    await terminal.LineAsync($"{ChosenRuns.Name(run)}: was skipped, so nobody was to get it: {run.Why}");
                }
            }

            foreach (var run in chosen)
            {
                failed |= wish.Hold
                    ? await HoldAsync(services, terminal, run, wish.DryRun, cancellationToken)
                    : await AgainAsync(services, terminal, run, wish, reader, cancellationToken);
            }
        }

        if (wish.Hold || wish.DryRun)
        {
            return failed ? 1 : 0;
        }

        var code = await delivery.ConcludeAsync(await delivery.ExecuteAsync(terminal, cancellationToken), terminal);
        if (!delivery.Any)
        {
            await terminal.LineAsync("Nothing is open.");
        }

        return failed ? 1 : code;
    }

    /// <summary>Returns true if it could not be done, or not wholly.</summary>
    private static async Task<bool> RetryAsync(IServiceProvider services, Terminal terminal, Run run, bool dryRun, CancellationToken cancellationToken)
    {
        if (run.Deadline <= services.GetRequiredService<TimeProvider>().GetUtcNow())
        {
            await terminal.ErrorAsync($"{ChosenRuns.Name(run)}: its deadline passed at {Said.At(run.Deadline)}, who waits in it expires; deliver --missing sends to them after that");
            return true;
        }

        var report = await services.GetRequiredService<RetryNow>().ExecuteAsync(run, dryRun, cancellationToken);
        (long Count, string What)[] kinds = [(report.Deferred, "deferred"), (report.InDoubt, "in doubt"), (report.NotTakenUp, "not taken up yet")];
        await terminal.LineAsync($"{ChosenRuns.Name(run)}: " + (report.Total == 0 ? "nobody waits"
            : $"{Said.Count(report.Total)} {(dryRun ? "would be tried now" : report.Total == 1 ? "is tried now" : "are tried now")} "
                + $"({string.Join(", ", kinds.Where(one => one.Count > 0).Select(one => $"{Said.Count(one.Count)} {one.What}"))})"));
        if (report.InOtherHands > 0)
        {
            await terminal.ErrorAsync(
                $"{ChosenRuns.Name(run)}: {Said.Count(report.InOtherHands)} stand in parts that a worker holds just now; nothing of them is changed. Repeat it when it has let go of them.");
        }

        return report.InOtherHands > 0;
    }

    /// <summary>Returns true if it could not be done, or not wholly.</summary>
    private static async Task<bool> HoldAsync(IServiceProvider services, Terminal terminal, Run run, bool dryRun, CancellationToken cancellationToken)
    {
        if (run.State != RunState.Open)
        {
            return false;
        }

        var report = await services.GetRequiredService<HoldInDoubt>().ExecuteAsync(run, dryRun, cancellationToken);
        var wire = report.OnTheWire > 0 ? $"; {Said.Count(report.OnTheWire)} on the wire, or left there by a worker that ended: not in doubt yet" : "";
        await terminal.LineAsync($"{ChosenRuns.Name(run)}: {Said.Count(report.Held)} in doubt {(dryRun ? "would be held" : "are held")}{wire}");
        return false;
    }

    /// <summary>Returns true if it could not be done, or not wholly.</summary>
    private static async Task<bool> AgainAsync(
        IServiceProvider services, Terminal terminal, Run run, Wish wish, string? reader, CancellationToken cancellationToken)
    {
        var whom = wish.Missing ? SendAgainTo.Missing : SendAgainTo.Held;
        var report = await services.GetRequiredService<SendAgain>().ExecuteAsync(run, whom, reader, wish.DryRun, cancellationToken);
        if (report.Outcome != SendAgainOutcome.Done)
        {
            // Among several runs those that were skipped are not worth a line; one that was asked for is.
            if (report.Outcome != SendAgainOutcome.NotDelivered || wish.Cohort is not null)
            {
                await terminal.ErrorAsync($"{ChosenRuns.Name(run)}: {Refusal(report)}");
                return true;
            }

            return false;
        }

        var found = report.Total == 0 ? (wish.Missing ? "nobody is missing" : "nobody is held")
            : $"{Said.Count(report.Total)} {(wish.DryRun ? "would get it now" : "get it now")} ({string.Join(", ", report.Found.Select(one => $"{Said.Count(one.Value)} {one.Key}"))})";
        var waiting = report.Waiting == 0 ? ""
            : run.State == RunState.Open ? $"; {Said.Count(report.Waiting)} more {(report.Waiting == 1 ? "is" : "are")} still waiting in the open run, to be sent to when their time comes"
            : $"; {Said.Count(report.Waiting)} more of an earlier call that was stopped, {(report.Total > 0 ? "to be sent to with them" : $"for deliver {(wish.Missing ? "--release" : "--missing")} to send to")}";
        var left = report.Left > 0 ? $"; {Said.Count(report.Left)} have left since" : "";
        await terminal.LineAsync($"{ChosenRuns.Name(run)}: {found}{waiting}{left}");
        if (report.InOtherHands > 0)
        {
            await terminal.ErrorAsync(
                $"{ChosenRuns.Name(run)}: {Said.Count(report.InOtherHands)} stand in parts that a worker holds just now; nothing of them is changed. Repeat it when the run is closed, or after run pause.");
        }

        return report.InOtherHands > 0;
    }

    private static string Refusal(SendAgainReport report) => report.Outcome switch
    {
        SendAgainOutcome.TooOld => "lies more than two days back; older news is not mailed",
        SendAgainOutcome.ToldLater => "reached nobody, and its news went into a later digest",
        SendAgainOutcome.NoDigest => "its digest cannot be read",
        _ => report.Run.State == RunState.Skipped ? $"was skipped: {report.Run.Why}" : "is being prepared",
    };
}
