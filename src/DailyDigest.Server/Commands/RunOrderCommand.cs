using System.CommandLine;
using DailyDigest.Calendar;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary><c>run pause</c>, <c>run resume</c>, <c>run cancel</c>: an operator's word to runs that are not over.</summary>
internal static class RunOrderCommand
{
    public static Command Create(Terminal terminal, RunOrder order, string description)
    {
        var date = Inputs.Date("The runs of this local date alone; without it every run that is not over");
        var cohort = Inputs.Cohort("This cohort's run alone (status shows the names)");
        var command = new Command(Said.Word(order), description) { date, cohort };
        command.SetAction((parsed, cancellationToken) => TheProgram.WithAsync(
            terminal,
            (app, stop) => ExecuteAsync(app.Services, terminal, order, parsed.GetValue(date), parsed.GetValue(cohort), stop),
            cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, RunOrder order, DateOnly? date, Cohort? cohort, CancellationToken cancellationToken)
    {
        var chosen = new ChosenRuns(services);
        var open = await chosen.ListOpenAsync(date, cohort, cancellationToken);
        foreach (var run in open)
        {
            if (await services.GetRequiredService<SteerRun>().ExecuteAsync(run.Date, run.Cohort, order, cancellationToken) is { Obeyed: true } steered)
            {
                await ObeyedAsync(services, terminal, order, steered, cancellationToken);
            }
            else
            {
                await terminal.LineAsync($"{ChosenRuns.Name(run)}: over before it could be told");
            }
        }

        if (open.Count > 0)
        {
            return 0;
        }

        // The one that was named is told about; without a name there is nothing to steer, and that is all there is to say.
        var over = date is null && cohort is null ? [] : await chosen.ListAsync(date, cohort, cancellationToken);
        foreach (var run in over)
        {
            await terminal.ErrorAsync($"{ChosenRuns.Name(run)}: {Said.Word(run.State)}{(run.Ended is { } ended ? $" at {Said.At(ended)}" : "")}, nothing to {Said.Word(order)}");
        }

        if (over.Count == 0)
        {
            await terminal.ErrorAsync(ChosenRuns.NoneOpen(date, cohort));
        }

        return 1;
    }

    private static async Task ObeyedAsync(
        IServiceProvider services, Terminal terminal, RunOrder order, SteeredRun steered, CancellationToken cancellationToken)
    {
        var run = steered.Run;
        if (run.State == RunState.Preparing)
        {
            var then = order switch { RunOrder.Pause => "nothing is sent", RunOrder.Resume => "it is sent", _ => "everything is withheld" };
            await terminal.LineAsync($"{ChosenRuns.Name(run)}: being prepared; {then} when it is ready");
            return;
        }

        if (order == RunOrder.Resume && run.Cancelled)
        {
            await terminal.LineAsync($"{ChosenRuns.Name(run)}: cancelled, not paused; deliver --missing sends it after all");
            return;
        }

        if (order == RunOrder.Cancel)
        {
            await WithholdAsync(services, run, cancellationToken);
        }

        // Counted after the parts know: what they have not begun by now they do not begin.
        var tally = RunTally.Of(await services.GetRequiredService<ReportRun>().OfAsync(run, cancellationToken));
        var word = order switch { RunOrder.Pause => "paused", RunOrder.Resume => "resumed", _ => "cancelled" };
        var hands = steered.InHand > 0
            ? $"; {steered.InHand} of {steered.Parts} open {(steered.Parts == 1 ? "part" : "parts")} in a worker's hands, who takes notice within seconds" : "";
        await terminal.LineAsync($"{ChosenRuns.Name(run)}: {word}{(steered.Changed ? "" : " before")}; {tally.Words}{hands}");
    }

    /// <summary>No mail leaves by this: what was not sent is withheld at once, also where no worker runs.</summary>
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
