using System.CommandLine;
using System.Globalization;
using DailyDigest.Delivery;
using DailyDigest.Schedule;

namespace DailyDigest.Server.Commands;

/// <summary><c>run</c>: makes and delivers what is due, then ends.</summary>
internal static class RunCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var command = new Command("run", "Makes and delivers what is due, then ends. What the relay put off stays for the next run or for serve.");
        command.SetAction((_, cancellationToken) =>
            CommandLine.WithProgramAsync(workers: false, error, (app, stop) => ExecuteAsync(app, output, stop), cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(WebApplication app, TextWriter output, CancellationToken cancellationToken)
    {
        var (tick, hints) = (app.Services.GetRequiredService<Tick>(), app.Services.GetRequiredService<DeliverHints>());
        var (runs, time) = (app.Services.GetRequiredService<RunStore>(), app.Services.GetRequiredService<TimeProvider>());
        var report = await tick.ExecuteAsync(cancellationToken);
        foreach (var run in report.Started)
        {
            await output.WriteLineAsync($"{run.Date.Text()} {run.Cohort}: {run.State.ToString().ToLowerInvariant()}{(run.Why is null ? "" : ": " + run.Why)}");
        }

        while (await hints.ExecuteAsync(cancellationToken) > 0)
        {
        }

        var open = await runs.ListOpenAsync(time.GetUtcNow(), cancellationToken);
        await output.WriteLineAsync(open.Count == 0
            ? "Everything that was due is delivered."
            : string.Create(CultureInfo.InvariantCulture, $"{open.Count} runs wait for another try; serve, or run again later."));
        return 0;
    }
}
