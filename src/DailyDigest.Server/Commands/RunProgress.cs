using System.Diagnostics;
using System.Globalization;
using DailyDigest.Delivery;
using DailyDigest.Schedule;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>
/// Delivers the open runs as far as can be done now, and says how far it is. What it says comes from the parts' own counts, a few rows; only
/// the readers are counted, once, while the delivery is under way.
/// </summary>
internal sealed class RunProgress(IServiceProvider services)
{
    private const int MostWaiting = 10_000;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private readonly DeliverHints hints = services.GetRequiredService<DeliverHints>();
    private readonly DeliverPart deliverPart = services.GetRequiredService<DeliverPart>();
    private readonly RunStore runs = services.GetRequiredService<RunStore>();
    private readonly ReportRun report = services.GetRequiredService<ReportRun>();
    private readonly CountAudience count = services.GetRequiredService<CountAudience>();
    private readonly ITableStore tables = services.GetRequiredService<ITableStore>();
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();
    private List<Run> watched = [];
    private Task<long> audience = Task.FromResult(0L);

    /// <summary>True if there was a run to deliver.</summary>
    public bool Any => watched.Count > 0;

    /// <summary>How it stood at the end.</summary>
    public string Last { get; private set; } = "";

    /// <summary>Delivers until every open run is closed, or waits for a retry, an operator or another program. Returns those that wait.</summary>
    public async Task<IReadOnlyList<RunReport>> ExecuteAsync(Terminal terminal, CancellationToken cancellationToken)
    {
        watched.AddRange((await runs.ListOpenAsync(time.GetUtcNow(), cancellationToken)).Where(run => run.State == RunState.Open));
        if (!Any)
        {
            return [];
        }

        // Nobody's mail waits for a count.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        audience = CountAsync(ending.Token);
        var (began, before) = (time.GetTimestamp(), await LookAsync(cancellationToken));
        try
        {
            await terminal.WatchAsync("Delivering", async say =>
            {
                using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                var telling = TellAsync(say, before, over.Token);
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
            await audience;
        }
        finally
        {
            await ending.CancelAsync();
        }

        var now = await LookAsync(cancellationToken);
        Last = Words(now, now.Sent - before.Sent, time.GetElapsedTime(began));
        var open = new List<RunReport>();
        foreach (var run in watched.Where(run => run.State == RunState.Open))
        {
            open.Add(await report.OfAsync(run, cancellationToken));
        }

        return open;
    }

    /// <summary>Says how it ended, a line for each run that is not closed. Returns true if the relay refuses us.</summary>
    public async Task<bool> ConcludeAsync(IReadOnlyList<RunReport> open, Terminal terminal)
    {
        var trouble = false;
        foreach (var one in open)
        {
            var why = one.Paused ? "paused (run resume lets it go on)"
                : one.Trouble is { } refused ? $"the relay refuses us: {refused}"
                : string.Create(CultureInfo.InvariantCulture, $"{one.Counts.GetValueOrDefault(DeliveryState.Deferred)} put off by the relay, or in another program's hands");
            trouble |= one is { Paused: false, Trouble: not null };
            await terminal.ErrorAsync($"{ChosenRuns.Name(one.Run)} is not closed: {why}. Serve, or run again later; status shows each reader.");
        }

        if (Any)
        {
            await terminal.LineAsync(Last);
        }

        return trouble;
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
                foreach (var (part, control) in await LedgerReader.PartsAsync(tables, run, cancellationToken))
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

    private async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        var readers = 0L;
        foreach (var run in watched.ToList())
        {
            readers += Cohort.TryParse(run.Cohort, out var cohort) ? await count.ExecuteAsync(cohort, run.Date, cancellationToken) : 0;
        }

        return readers;
    }

    private async Task TellAsync(Func<string, Task> say, Standing before, CancellationToken cancellationToken)
    {
        try
        {
            for (var pause = Pace; ;)
            {
                var since = time.GetTimestamp();
                await Task.Delay(pause, time, cancellationToken);
                var clock = Stopwatch.StartNew();
                var now = await LookAsync(cancellationToken);
                await say(Words(now, now.Sent - before.Sent, time.GetElapsedTime(since)));
                before = now;

                // Looking costs a few reads per part: never a tenth of the work.
                pause = TimeSpan.FromTicks(Math.Max(Pace.Ticks, clock.Elapsed.Ticks * 10));
            }
        }
        catch (OperationCanceledException)
        {
            // Delivered, or asked to stop.
        }
    }

    private async Task<Standing> LookAsync(CancellationToken cancellationToken)
    {
        var standing = new Standing(0, 0, 0, false);
        var seen = new List<Run>();
        foreach (var run in watched)
        {
            var current = await runs.GetAsync(run.Date, run.Cohort, cancellationToken) ?? run;
            seen.Add(current);
            standing += current.State == RunState.Open ? await LookAsync(current, cancellationToken) : OfClosed(current);
        }

        watched = seen;
        return standing;
    }

    private async Task<Standing> LookAsync(Run run, CancellationToken cancellationToken)
    {
        var standing = new Standing(0, 0, 0, true);
        foreach (var (part, control) in await LedgerReader.PartsAsync(tables, run, cancellationToken))
        {
            var waiting = 0;
            await foreach (var _ in tables.ScanAsync(Tables.Ledger, part.Partition, part.RetryRange, cancellationToken))
            {
                if (++waiting == MostWaiting)
                {
                    break;
                }
            }

            standing += new Standing(control.Sent, control.Other, waiting, true);
        }

        return standing;
    }

    private static Standing OfClosed(Run run)
    {
        var sent = run.Counts.GetValueOrDefault(DeliveryState.Sent);
        return new Standing(sent, run.Counts.Values.Sum() - sent, 0, false);
    }

    private string Words(Standing now, long sent, TimeSpan span)
    {
        var rate = span.TotalSeconds < 0.001 ? 0 : sent / span.TotalSeconds;
        var remaining = !now.Open ? "0"
            : audience.IsCompletedSuccessfully ? Said.Count(Math.Max(now.Waiting, audience.Result - now.Sent - now.Other))
            : "readers are being counted,";
        return string.Create(CultureInfo.InvariantCulture,
            $"{Said.Count(now.Sent)} sent ({rate:0.#} a second), {Said.Count(now.Waiting)}{(now.Waiting >= MostWaiting ? "+" : "")} deferred, {remaining} remaining");
    }

    /// <summary>How far the runs are.</summary>
    /// <param name="Sent">Deliveries that the relay took.</param>
    /// <param name="Other">Deliveries that ended otherwise.</param>
    /// <param name="Waiting">Deliveries that are tried again.</param>
    /// <param name="Open">True if a run is open.</param>
    private sealed record Standing(long Sent, long Other, long Waiting, bool Open)
    {
        public static Standing operator +(Standing one, Standing other) =>
            new(one.Sent + other.Sent, one.Other + other.Other, one.Waiting + other.Waiting, one.Open || other.Open);
    }
}
