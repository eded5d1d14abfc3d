using System.Diagnostics;
using System.Globalization;
using DailyDigest.Delivery;
using DailyDigest.Schedule;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>Delivers the open runs as far as can be done now, and says how far it is.</summary>
internal sealed class RunProgress(IServiceProvider services)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private readonly DeliverHints hints = services.GetRequiredService<DeliverHints>();
    private readonly DeliverPart deliverPart = services.GetRequiredService<DeliverPart>();
    private readonly RunStore runs = services.GetRequiredService<RunStore>();
    private readonly ReportRun report = services.GetRequiredService<ReportRun>();
    private readonly CountAudience count = services.GetRequiredService<CountAudience>();
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();
    private readonly List<Run> watched = [];
    private long audience;
    private long sentBefore;
    private long begun;

    /// <summary>True if there was a run to deliver.</summary>
    public bool Any => watched.Count > 0;

    /// <summary>How it stood when it was last looked at.</summary>
    public string Last { get; private set; } = "";

    /// <summary>Delivers until every open run is closed, or waits for a retry or for another program. Returns those that wait.</summary>
    public async Task<IReadOnlyList<RunReport>> ExecuteAsync(Terminal terminal, CancellationToken cancellationToken)
    {
        watched.AddRange((await runs.ListOpenAsync(time.GetUtcNow(), cancellationToken)).Where(run => run.State == RunState.Open));
        if (!Any)
        {
            return [];
        }

        foreach (var run in watched)
        {
            audience += Cohort.TryParse(run.Cohort, out var cohort) ? await count.ExecuteAsync(cohort, run.Date, cancellationToken) : 0;
        }

        await LookAsync(cancellationToken);
        (sentBefore, begun) = (sent, time.GetTimestamp());
        await terminal.WatchAsync("Delivering", async say =>
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var telling = TellAsync(say, ending.Token);
            try
            {
                await DeliverAsync(cancellationToken);
            }
            finally
            {
                await ending.CancelAsync();
                await telling;
            }

            return true;
        });
        return [.. (await LookAsync(cancellationToken)).Where(one => one.Run.State == RunState.Open)];
    }

    private async Task DeliverAsync(CancellationToken cancellationToken)
    {
        bool again;
        do
        {
            while (await hints.ExecuteAsync(cancellationToken) > 0)
            {
            }

            // A hint may be lost, or lie with a program that was killed: what nobody holds is taken up without one.
            again = false;
            foreach (var run in watched)
            {
                foreach (var (part, control) in await LedgerReader.PartsAsync(services.GetRequiredService<Storage.ITableStore>(), run, cancellationToken))
                {
                    if (!control.Done && control.Owner is null && !(control.NextRetry > time.GetUtcNow()) && (!control.Paused || control.Cancelled))
                    {
                        again |= await deliverPart.ExecuteAsync(part.ToString(), cancellationToken) is PartOutcome.Done or PartOutcome.Released;
                    }
                }
            }
        }
        while (again);
    }

    private async Task TellAsync(Func<string, Task> say, CancellationToken cancellationToken)
    {
        try
        {
            for (var pause = Pace; ;)
            {
                await Task.Delay(pause, time, cancellationToken);
                var clock = Stopwatch.StartNew();
                await LookAsync(cancellationToken);
                await say(Last);
                // Counting reads the ledger: a long one is read seldom.
                pause = TimeSpan.FromTicks(Math.Max(Pace.Ticks, clock.Elapsed.Ticks * 10));
            }
        }
        catch (OperationCanceledException)
        {
            // Delivered, or asked to stop.
        }
    }

    private long sent;

    private async Task<IReadOnlyList<RunReport>> LookAsync(CancellationToken cancellationToken)
    {
        var reports = new List<RunReport>();
        foreach (var date in watched.Select(run => run.Date).Distinct())
        {
            reports.AddRange((await report.ExecuteAsync(date, cancellationToken)).Where(one => watched.Any(run => run.Date == date && run.Cohort == one.Run.Cohort)));
        }

        long Count(DeliveryState state) => reports.Sum(one => one.Counts.GetValueOrDefault(state));
        var all = reports.Sum(one => one.Counts.Values.Sum());
        var waiting = Count(DeliveryState.Deferred) + Count(DeliveryState.Unknown) + Count(DeliveryState.Attempting);
        sent = Count(DeliveryState.Sent);
        var remaining = reports.Exists(one => one.Run.State == RunState.Open) ? Math.Max(0, audience - all) + waiting : 0;
        var seconds = begun == 0 ? 0 : time.GetElapsedTime(begun).TotalSeconds;
        var rate = seconds < 0.001 ? 0 : (sent - sentBefore) / seconds;
        Last = string.Create(CultureInfo.InvariantCulture,
            $"{Said.Count(sent)} sent ({rate:0.#} a second), {Said.Count(Count(DeliveryState.Deferred))} deferred, {Said.Count(remaining)} remaining");
        return reports;
    }
}
