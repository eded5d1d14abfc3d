using System.Diagnostics;
using System.Globalization;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary>
/// Delivers the open runs as far as can be done now, and says how far it is: what was sent since it began, not before. What it says meanwhile comes from the
/// parts' own counts, a few rows; the readers are counted once, while the delivery is under way.
/// </summary>
internal sealed class RunProgress(IServiceProvider services)
{
    private const int PartsAtOnce = 4;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private readonly DeliverHints hints = services.GetRequiredService<DeliverHints>();
    private readonly DeliverPart deliverPart = services.GetRequiredService<DeliverPart>();
    private readonly ReportRun report = services.GetRequiredService<ReportRun>();
    private readonly ITableStore tables = services.GetRequiredService<ITableStore>();
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();
    private readonly RunWatch watch = new(services);
    private Task<long> readers = Task.FromResult(0L);

    /// <summary>True if there was a run to deliver.</summary>
    public bool Any => watch.Runs.Count > 0;

    /// <summary>How it stood at the end.</summary>
    public string Last { get; private set; } = "";

    /// <summary>Delivers until every open run is closed, or waits for a retry, an operator or another program. Returns those that wait or were cancelled.</summary>
    public async Task<IReadOnlyList<RunReport>> ExecuteAsync(Terminal terminal, CancellationToken cancellationToken)
    {
        await watch.BeginAsync(cancellationToken);
        if (!Any)
        {
            return [];
        }

        // Nobody's mail waits for a count.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        readers = watch.CountAsync(ending.Token);
        var began = time.GetTimestamp();
        try
        {
            await terminal.WatchAsync("Delivering", async say =>
            {
                using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                var telling = TellAsync(say, over.Token);
                try
                {
                    await DeliverAsync(cancellationToken);
                }
                finally
                {
                    await over.CancelAsync();
                    await telling;
                }

                return true;
            });
            await readers;
        }
        finally
        {
            await ending.CancelAsync();
        }

        var span = time.GetElapsedTime(began);
        await watch.LookAsync(cancellationToken);
        var undone = new List<RunReport>();
        foreach (var run in watch.Runs.Where(run => run.State == RunState.Open || run.Cancelled))
        {
            undone.Add(await report.OfAsync(run, cancellationToken));
        }

        var now = watch.Conclude(undone);
        Last = Words(now, now.Sent, span) + (now.Other > 0 ? $", {Said.Count(now.Other)} not sent (status says why)" : "");
        return undone;
    }

    /// <summary>
    /// Says how it ended, a line for each run that is not closed or was cancelled. Returns the exit code: 1 if the relay refuses us,
    /// <see cref="CommandLine.Cancelled"/> if an operator cancelled a run.
    /// </summary>
    public async Task<int> ConcludeAsync(IReadOnlyList<RunReport> undone, Terminal terminal)
    {
        var trouble = false;
        foreach (var one in undone.Where(one => !one.Run.Cancelled))
        {
            var why = one.Paused ? "paused (run resume lets it go on)"
                : one.Trouble is { } refused ? $"the relay refuses us: {refused}"
                : string.Create(CultureInfo.InvariantCulture, $"{Said.Count(one.Counts.GetValueOrDefault(DeliveryState.Deferred) + one.Counts.GetValueOrDefault(DeliveryState.Unknown))} put off by the relay, or in another program's hands");
            trouble |= one is { Paused: false, Trouble: not null };
            await terminal.ErrorAsync($"{ChosenRuns.Name(one.Run)} is not closed: {why}. Serve, or run again later; status shows each reader.");
        }

        foreach (var one in undone.Where(one => one.Run.Cancelled))
        {
            await terminal.ErrorAsync($"{ChosenRuns.Name(one.Run)} was cancelled: {RunTally.Of(one).Words}. deliver --missing sends to those it was withheld from after all.");
        }

        if (Any)
        {
            await terminal.LineAsync(Last);
        }

        return trouble ? 1 : undone.Any(one => one.Run.Cancelled) ? CommandLine.Cancelled : 0;
    }

    private async Task DeliverAsync(CancellationToken cancellationToken)
    {
        bool again;
        do
        {
            while (await hints.ExecuteAsync(cancellationToken) > 0)
            {
            }

            // A hint may be lost, or lie with a program that was killed, or what waited is due at an operator's word: what nobody holds is taken up without one.
            var free = new List<Part>();
            foreach (var run in watch.Runs)
            {
                free.AddRange((await LedgerReader.PartsAsync(tables, run, cancellationToken)).Where(IsFree).Select(one => one.Part));
            }

            var worked = 0;
            await Parallel.ForEachAsync(free, new ParallelOptions { MaxDegreeOfParallelism = PartsAtOnce, CancellationToken = cancellationToken }, async (part, stop) =>
            {
                if (await deliverPart.ExecuteAsync(part.ToString(), stop) is PartOutcome.Done or PartOutcome.Released)
                {
                    Interlocked.Increment(ref worked);
                }
            });
            again = worked > 0;
        }
        while (again);
    }

    private bool IsFree((Part Part, PartControl Control) one) => one.Control is { Done: false, Owner: null } control
        && (control.Cancelled || !(control.NextRetry > time.GetUtcNow() || control.Paused));

    private async Task TellAsync(Func<string, Task> say, CancellationToken cancellationToken)
    {
        try
        {
            var before = 0L;
            for (var pause = Pace; ;)
            {
                var since = time.GetTimestamp();
                await Task.Delay(pause, time, cancellationToken);
                var clock = Stopwatch.StartNew();
                var now = await watch.LookAsync(cancellationToken);
                await say(Words(now, now.Sent - before, time.GetElapsedTime(since)));
                before = now.Sent;

                // Looking costs a few reads per part: never a tenth of the work.
                pause = TimeSpan.FromTicks(Math.Max(Pace.Ticks, clock.Elapsed.Ticks * 10));
            }
        }
        catch (OperationCanceledException)
        {
            // Delivered, or asked to stop.
        }
    }

    private string Words(Standing now, long sent, TimeSpan span)
    {
        var rate = span.TotalSeconds < 0.001 ? 0 : sent / span.TotalSeconds;
        var left = now.Remaining ?? (!now.Open ? 0 : readers.IsCompletedSuccessfully ? Math.Max(0, readers.Result - now.Sent - now.Other) : null);
        var remaining = left is { } known ? Said.Count(known) : "readers are being counted,";

        // What was put off and then ended by an operator's word or the reader's may still be found as put off.
        var waiting = Math.Min(now.Waiting, left ?? now.Waiting);
        var deferred = waiting > 0 ? $", {Said.Count(waiting)}{(now.Remaining is null && waiting >= RunWatch.MostWaiting ? "+" : "")} of them deferred" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Said.Count(now.Sent)} sent ({rate:0.#} a second), {remaining} remaining{deferred}");
    }
}
