using System.CommandLine;
using DailyDigest.Calendar;
using DailyDigest.Repair;
using DailyDigest.Runs;

namespace DailyDigest.Server.Commands;

/// <summary><c>deliver</c>: delivers open runs, and sends closed runs again to readers who did not get them.</summary>
internal static class DeliverCommand
{
    private sealed record Request(
        bool Missing, bool Hold, bool Release, bool Retry, DateOnly? Date, Cohort? Cohort, ReaderName? Reader, bool DryRun);

    public static Command Create(Terminal terminal)
    {
        var missing = new Option<bool>("--missing")
        {
            Description = "Send to readers who certainly did not get it: expired, refused for "
            + "a reason that can be fixed, or withheld by a cancel"
        };
        var hold = new Option<bool>("--hold") { Description = "Hold deliveries in doubt, so that they are not sent again" };
        var release = new Option<bool>("--release")
        {
            Description = "Send to held readers again, under the same Message-ID, and send runs that are held after a restore",
        };
        var retry = new Option<bool>("--retry")
        {
            Description = "Retry the waiting readers of open runs now. Use it when the relay works again. "
                + "Ends with 1 if such a run is still open afterwards",
        };
        var date = Inputs
            .Date("The run's local date: today or one of the two days before. Default: today in the home zone, and runs of other zones "
                + "that began within 24 hours");
        var cohort = Inputs.Cohort("Only this cohort's run (status lists the names)");
        var reader = Inputs.Subscriber("Only this reader, with --missing or --release");
        var dryRun = new Option<bool>("--dry-run") { Description = "Print the counts and change nothing" };
        var command = new Command(
            "deliver", "Deliver the open runs until nothing is left to do now; start no run. --retry, --missing, --hold and --release "
                + "first change "
                + "waiting or undelivered readers. Ends with 1 if the relay refuses us or a run could not be handled, "
                + "with 3 if an operator cancelled a run during the delivery.")
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
            else if (which == 0
                && (result.GetResult(date) ?? result.GetResult(cohort) ?? result.GetResult(reader) ?? result.GetResult(dryRun)) is not null)
            {
                result.AddError("--date, --cohort, --subscriber and --dry-run go with --retry, --missing, --hold or --release.");
            }
            else if ((result.GetValue(hold) || result.GetValue(retry)) && result.GetResult(reader) is not null)
            {
                result.AddError("--subscriber goes with --missing or --release.");
            }
        });
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => ExecuteAsync(
                app.Services,
                terminal,
                new Request(
                    parsed.GetValue(missing), parsed.GetValue(hold), parsed.GetValue(release), parsed.GetValue(retry),
                    parsed.GetValue(date), parsed.GetValue(cohort), parsed.GetValue(reader), parsed.GetValue(dryRun)),
                stop),
            cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, Request request, CancellationToken cancellationToken)
    {
        var failed = false;
        var ordered = new HashSet<string>(StringComparer.Ordinal);
        var delivery = new RunProgress(services);
        if (request.Retry)
        {
            var waiting = await new ChosenRuns(services).ListOpenAsync(request.Date, request.Cohort, cancellationToken);
            if (waiting.Count == 0)
            {
                await terminal.ErrorAsync(ChosenRuns.NoneOpen(request.Date, request.Cohort));
                return 1;
            }

            foreach (var held in waiting.Where(run => run.IsUndecided && request.DryRun))
            {
                await terminal.ErrorAsync($"{ChosenRuns.Name(held)} is {ChosenRuns.HeldHelp}.");
            }

            foreach (var run in waiting.Where(run => run is { State: RunState.Open, IsUndecided: false }))
            {
                failed |= await RetryAsync(services, terminal, run, request.DryRun, cancellationToken);
                ordered.Add(ChosenRuns.Name(run));
            }
        }
        else if (request.Missing || request.Hold || request.Release)
        {
            string? reader = null;
            if (request.Reader is { } name && (reader = await name.FindAsync(services, terminal, cancellationToken)) is null)
            {
                return 1;
            }

            var runs = new ChosenRuns(services);
            var chosen = await runs.ListAsync(request.Date, request.Cohort, cancellationToken);
            if (chosen.Count == 0)
            {
                await terminal.ErrorAsync(runs.None(request.Date, request.Cohort));
                return 1;
            }

            if (request.Cohort is null && chosen.All(run => run.State == RunState.Skipped))
            {
                foreach (var run in chosen)
                {
                    await terminal.LineAsync($"{ChosenRuns.Name(run)}: was skipped, so no reader was due: {run.Why}");
                }
            }

            var released = request.Release && reader is null
                ? await new HeldRuns(services, terminal).ReleaseAsync(chosen, request.DryRun, cancellationToken) : [];
            foreach (var run in chosen.Where(run => !released.Contains(run)))
            {
                failed |= request.Hold
                    ? await HoldAsync(services, terminal, run, request.DryRun, cancellationToken)
                    : await SendAgainAsync(services, terminal, run, request, reader, cancellationToken);
            }
        }

        if (request.Hold || request.DryRun)
        {
            return failed ? 1 : 0;
        }

        var undone = await delivery.ExecuteAsync(terminal, cancellationToken);
        var code = await delivery.ConcludeAsync(undone, terminal);

        // The operator wanted these readers to be reached now.
        failed |= request.Retry && undone.Any(
            one => ordered.Contains(ChosenRuns.Name(one.Run)) && one is { Paused: false, Run.Cancelled: false });
        if (!delivery.Any)
        {
            await terminal.LineAsync("No run is open.");
        }

        return failed ? 1 : code;
    }

    /// <summary>Returns true if the run was not handled, or only in part.</summary>
    private static async Task<bool> RetryAsync(
        IServiceProvider services, Terminal terminal, Run run, bool dryRun, CancellationToken cancellationToken)
    {
        if (run.Deadline <= services.GetRequiredService<TimeProvider>().GetUtcNow())
        {
            await terminal
                .ErrorAsync($"{ChosenRuns.Name(run)}: its deadline passed at {Format.Time(run.Deadline)} and its waiting readers "
                    + $"expire; deliver --missing sends to them afterwards");
            return true;
        }

        var report = await services.GetRequiredService<RetryNow>().ExecuteAsync(run, dryRun, cancellationToken);
        await AuditAsync(services, "run.retry", run, dryRun, report.Total, cancellationToken);
        (long Count, string What)[] kinds = [
            (report.Deferred, "deferred"), (report.InDoubt, "in doubt"), (report.NotTakenUp, "not taken up yet")];
        await terminal.LineAsync($"{ChosenRuns.Name(run)}: " + (report.Total == 0 ? "no reader is waiting"
            : $"{Format.Count(report.Total)} {(dryRun ? "would be tried now" : report.Total == 1 ? "is tried now" : "are tried now")} "
                + $"({string.Join(", ", kinds.Where(one => one.Count > 0).Select(one => $"{Format.Count(one.Count)} {one.What}"))})"));
        if (report.InOtherHands > 0)
        {
            await terminal.ErrorAsync(
                $"{ChosenRuns.Name(run)}: {Format.Count(report.InOtherHands)} are in parts that a worker holds, and were not changed. "
                    + $"Repeat the command when the worker has released them.");
        }

        return report.InOtherHands > 0;
    }

    private static Task AuditAsync(
        IServiceProvider services, string verb, Run run, bool dryRun, long readers, CancellationToken cancellationToken) =>
        dryRun || readers == 0 ? Task.CompletedTask
            : services.AuditAsync(verb, $"{run.Date.Text()} {run.Cohort}", null, Format.Count(readers, "reader"), cancellationToken);

    /// <summary>Returns true if the run was not handled, or only in part.</summary>
    private static async Task<bool> HoldAsync(
        IServiceProvider services, Terminal terminal, Run run, bool dryRun, CancellationToken cancellationToken)
    {
        if (run.State != RunState.Open)
        {
            return false;
        }

        var report = await services.GetRequiredService<HoldInDoubt>().ExecuteAsync(run, dryRun, cancellationToken);
        await AuditAsync(services, "run.hold", run, dryRun, report.Held, cancellationToken);
        var wire = report.OnTheWire > 0
            ? $"; {Format.Count(report.OnTheWire)} being sent, or abandoned by a worker that ended: not in doubt yet" : "";
        await terminal
            .LineAsync($"{ChosenRuns.Name(run)}: {Format.Count(report.Held)} in doubt {(dryRun ? "would be held" : "are held")}{wire}");
        return false;
    }

    /// <summary>Returns true if the run was not handled, or only in part.</summary>
    private static async Task<bool> SendAgainAsync(
        IServiceProvider services, Terminal terminal, Run run, Request request, string? reader, CancellationToken cancellationToken)
    {
        var whom = request.Missing ? SendAgainTo.Missing : SendAgainTo.Held;
        var report = await services.GetRequiredService<SendAgain>().ExecuteAsync(run, whom, reader, request.DryRun, cancellationToken);
        if (report.Outcome != SendAgainOutcome.Done)
        {
            // A skipped run gets a line only if the operator named its cohort.
            if (report.Outcome != SendAgainOutcome.NotDelivered || request.Cohort is not null)
            {
                await terminal.ErrorAsync($"{ChosenRuns.Name(run)}: {Refusal(report)}");
                return true;
            }

            return false;
        }

        await AuditAsync(
            services, request.Missing ? "run.send-missing" : "run.send-held", run, request.DryRun, report.Total, cancellationToken);
        var found = report.Total == 0 ? (request.Missing ? "no reader is missing" : "no reader is held")
            : $"{Format.Count(report.Total)} {(request.DryRun ? "would get it now" : "get it now")} "
                + $"({string.Join(", ", report.Found.Select(one => $"{Format.Count(one.Value)} {one.Key}"))})";
        var other = request.Missing ? "--release" : "--missing";
        var waiting = report.Waiting == 0 ? ""
            : run.State == RunState.Open ? $"; {Format.Count(report.Waiting)} more waiting in the open run for their next attempt"
            : $"; {Format.Count(report.Waiting)} more from an earlier call that was stopped"
                + (report.Total > 0 ? ", sent to as well" : $": deliver {other} sends to them");
        var left = report.Left > 0 ? $"; {Format.Count(report.Left)} have left since" : "";
        await terminal.LineAsync($"{ChosenRuns.Name(run)}: {found}{waiting}{left}");
        if (report.InOtherHands > 0)
        {
            await terminal.ErrorAsync(
                $"{ChosenRuns.Name(run)}: {Format.Count(report.InOtherHands)} are in parts that a worker holds, and were not changed. "
                    + $"Repeat the command when the run is closed, or after run pause.");
        }

        return report.InOtherHands > 0;
    }

    private static string Refusal(SendAgainReport report) => report.Outcome switch
    {
        SendAgainOutcome.TooOld => "is more than two days old; older news is not sent",
        SendAgainOutcome.SentLater => "reached no reader, and a later digest has its stories",
        SendAgainOutcome.NoDigest => "its digest cannot be read",
        _ => report.Run.State == RunState.Skipped ? $"was skipped: {report.Run.Why}" : "is being prepared",
    };
}
