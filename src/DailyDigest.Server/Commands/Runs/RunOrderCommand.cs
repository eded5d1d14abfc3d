using System.CommandLine;
using DailyDigest.Calendar;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary>
/// <c>run pause</c>, <c>run resume</c>, <c>run cancel</c>: an operator's order to unfinished runs. <c>run skip</c>: to held ones.
/// </summary>
internal static class RunOrderCommand
{
    public static Command Create(Terminal terminal, RunOrder order, string description)
    {
        var date = Inputs.Date("Only the runs of this local date. Default: every unfinished run");
        var cohort = Inputs.Cohort("Only this cohort's run (status lists the names)");
        var command = new Command(Format.Name(order), description) { date, cohort };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => ExecuteAsync(app.Services, terminal, order, parsed.GetValue(date), parsed.GetValue(cohort), stop),
            cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, RunOrder order, DateOnly? date, Cohort? cohort, CancellationToken cancellationToken)
    {
        var chosen = new ChosenRuns(services);
        var open = (await chosen.ListOpenAsync(date, cohort, cancellationToken))
            .Where(run => order != RunOrder.Skip || run.IsUndecided).ToList();
        foreach (var run in open)
        {
            if (await services.GetRequiredService<SteerRun>().ExecuteAsync(
                run.Date, run.Cohort, order, cancellationToken) is { Obeyed: true } steered)
            {
                await services.AuditAsync("run." + Format.Name(order), $"{run.Date.Text()} {run.Cohort}", null, null, cancellationToken);
                await WriteResultAsync(services, terminal, order, steered, cancellationToken);
            }
            else
            {
                await terminal.LineAsync($"{ChosenRuns.Name(run)}: ended before the order reached it");
            }
        }

        if (open.Count > 0)
        {
            return 0;
        }

        // A run that the operator named is shown with its state.
        var over = date is null && cohort is null ? [] : await chosen.ListAsync(date, cohort, cancellationToken);
        foreach (var run in over)
        {
            await terminal
                .ErrorAsync($"{ChosenRuns.Name(run)}: "
                    + $"{Format.Name(run.State)}{(run.Ended is { } ended ? $" at {Format.Time(ended)}" : "")}, nothing to "
                        + $"{Format.Name(order)}");
        }

        if (over.Count == 0)
        {
            await terminal.ErrorAsync(
                order == RunOrder.Skip ? "There is no run that is held after a restore." : ChosenRuns.NoneOpen(date, cohort));
        }

        return 1;
    }

    private static async Task WriteResultAsync(
        IServiceProvider services, Terminal terminal, RunOrder order, SteeredRun steered, CancellationToken cancellationToken)
    {
        var run = steered.Run;
        if (run.State == RunState.Preparing)
        {
            var then = order switch
            {
                RunOrder.Pause => "nothing is sent",
                RunOrder.Resume => run.IsUndecided ? ChosenRuns.HeldHelp : "it is sent",
                _ => "everything is withheld",
            };
            await terminal.LineAsync($"{ChosenRuns.Name(run)}: being prepared; {then} when it is ready");
            return;
        }

        if (order == RunOrder.Resume && run.Cancelled)
        {
            await terminal.LineAsync($"{ChosenRuns.Name(run)}: cancelled, not paused; deliver --missing can still send it");
            return;
        }

        if (order == RunOrder.Resume && run.IsUndecided)
        {
            await terminal.LineAsync($"{ChosenRuns.Name(run)}: {ChosenRuns.HeldHelp}");
            return;
        }

        if (order is RunOrder.Cancel or RunOrder.Skip)
        {
            await WithholdAsync(services, run, cancellationToken);
        }

        // Counted after the parts have the order: deliveries that have not begun by now do not begin.
        var tally = RunTally.Of(await services.GetRequiredService<ReportRun>().OfAsync(run, cancellationToken));
        var word = order switch { RunOrder.Pause => "paused", RunOrder.Resume => "resumed", RunOrder.Skip => "skipped", _ => "cancelled" };
        var held = steered.InHand > 0
            ? $"; {steered.InHand} of {steered.Parts} open {(steered.Parts == 1 ? "part" : "parts")} held by a worker, which sees the "
                + $"order within seconds" : "";
        await terminal.LineAsync($"{ChosenRuns.Name(run)}: {(steered.Changed ? "" : "already ")}{word}; {tally.Text}{held}");
    }

    /// <summary>Withholds what was not sent at once, even if no worker runs. Sends nothing.</summary>
    private static async Task WithholdAsync(IServiceProvider services, Run run, CancellationToken cancellationToken)
    {
        foreach (var (part, control) in await LedgerReader.PartsAsync(services.GetRequiredService<ITableStore>(), run, cancellationToken))
        {
            if (!control.Done)
            {
                await services.GetRequiredService<DeliverPart>().ExecuteAsync(part.ToString(), cancellationToken);
            }
        }
    }
}
