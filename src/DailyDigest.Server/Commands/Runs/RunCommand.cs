using System.CommandLine;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Returns;
using DailyDigest.Runs;

namespace DailyDigest.Server.Commands;

/// <summary><c>run</c>: starts and delivers what is due, then ends.</summary>
internal static class RunCommand
{
    public static Command Create(Terminal terminal)
    {
        var date = Inputs.Date("Start this local date's runs even after the catch-up window: today or one of the two days before");
        var command = new Command(
            "run", "Start and deliver what is due, then end. Deferred deliveries stay for serve or the next run. "
                + "Ends with 1 if the relay refuses us, with 3 if an operator cancelled a run during the delivery.")
        {
            date,
            RunOrderCommand.Create(terminal, RunOrder.Pause, "Stop sending a run until it is resumed. Messages being sent are finished."),
            RunOrderCommand.Create(terminal, RunOrder.Resume, "Continue a paused run."),
            RunOrderCommand.Create(terminal, RunOrder.Cancel, "Withhold what a run has not sent. deliver --missing can still send it."),
            RunOrderCommand.Create(
                terminal, RunOrder.Skip,
                "After a restore: record that a held run was sent before, so that it is not sent again. deliver --release sends it."),
        };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal, (app, stop) => ExecuteAsync(app.Services, terminal, parsed.GetValue(date), stop), cancellationToken, warns: true,
            creates: true));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, DateOnly? date, CancellationToken cancellationToken)
    {
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        if (date is { } wanted && (wanted < today.AddDays(-Run.MaxDaysBack) || wanted > today.AddDays(1)))
        {
            await terminal.ErrorAsync("--date: today or one of the two days before; older news is not sent.");
            return 2;
        }

        var feeds = await services.GetRequiredService<FeedStore>().ListAsync(cancellationToken);
        if (feeds.Count > 0 && feeds.All(feed => feed.LastPolled is null))
        {
            await terminal
                .ErrorAsync("No feed has been polled yet: today's digest would have no stories from the feeds. Run ingest first; serve "
                    + "polls by itself.");
            return 1;
        }

        // The named date comes first: the tick records runs beyond the catch-up window as missed.
        var begun = date is { } named ? await services.GetRequiredService<BeginDate>().ExecuteAsync(named, cancellationToken) : [];
        var (tick, failed) = await TickAsync(services, terminal, cancellationToken);
        foreach (var run in begun.Concat(tick?.Started ?? []).DistinctBy(run => (run.Date, run.Cohort)))
        {
            await services.AuditAsync("run.begin", $"{run.Date.Text()} {run.Cohort}", null, Format.Name(run.State), cancellationToken);

            // A held run has its line at the end, with those that were held before.
            if (run is { IsUndecided: true, State: RunState.Open })
            {
                continue;
            }

            var why = run.IsUndecided ? $": {ChosenRuns.HeldHelp}" : run.Why is null ? "" : ": " + run.Why;
            await terminal.LineAsync($"{run.Date.Text()} {run.Cohort}: {Format.Name(run.State)}{why}");
        }

        var delivery = new RunProgress(services);
        var undone = await delivery.ExecuteAsync(terminal, cancellationToken);
        var code = await delivery.ConcludeAsync(undone, terminal);
        if (!delivery.Any)
        {
            await terminal.LineAsync("Nothing is due. " + (await new NextDue(services).FindAsync(cancellationToken) is var (cohort, due)
                ? $"The next digest is due at {Format.Time(due)}: {cohort.Key}." : "No cohort has readers."));
        }

        var later = await new LaterCohorts(services).ListAsync(date, begunToo: !delivery.Any, cancellationToken);
        foreach (var line in LaterCohorts.Lines(later))
        {
            await terminal.LineAsync(line);
        }

        return failed ? 1 : code;
    }

    private static async Task<(TickReport? Report, bool Failed)> TickAsync(
        IServiceProvider services, Terminal terminal, CancellationToken cancellationToken)
    {
        try
        {
            return (await services.GetRequiredService<Tick>().ExecuteAsync(cancellationToken), false);
        }
        catch (AggregateException troubles)
        {
            // The tick has started the other runs; they are delivered.
            foreach (var trouble in troubles.InnerExceptions)
            {
                await terminal.ErrorAsync(trouble.Message);
            }

            return (null, true);
        }
    }
}
