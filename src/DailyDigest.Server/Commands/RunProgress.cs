using System.Diagnostics;
using System.Globalization;
using DailyDigest.Delivery;
using DailyDigest.Schedule;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>
/// Delivers the open runs as far as can be done now, and says how far it is: what was sent since it began, not before. What it says comes from the
/// parts' own counts, a few rows; only the readers are counted, once, while the delivery is under way.
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
    private readonly Dictionary<(DateOnly Date, string Cohort), Begun> begun = [];
    private List<Run> watched = [];
    private Task<long> audience = Task.FromResult(0L);

    /// <summary>True if there was a run to deliver.</summary>
    public bool Any => watched.Count > 0;

    /// <summary>How it stood at the end.</summary>
    public string Last { get; private set; } = "";

    /// <summary>Hears that a run that was closed is sent again: to these readers, and nobody else is counted. Others are counted in full.</summary>
    /// <param name="before">The run as it stood before.</param>
    /// <param name="again">Whom it is sent to.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task ExpectAsync(Run before, SendAgainReport again, CancellationToken cancellationToken)
    {
        if (before.State == RunState.Closed && again.Total > 0)
        {
            var parts = await LookAsync(before, Begun.Nothing, cancellationToken);
            var sent = before.Counts.GetValueOrDefault(DeliveryState.Sent);
            var settledAgain = again.Total - again.Found.GetValueOrDefault(SendAgainReport.NotTakenUp);
            begun[(before.Date, before.Cohort)] = new Begun(
                (parts.Sent, parts.Other), (sent, before.Counts.Values.Sum() - sent - settledAgain), again.Total);
        }
    }

    /// <summary>Delivers until every open run is closed, or waits for a retry, an operator or another program. Returns those that wait.</summary>
    public async Task<IReadOnlyList<RunReport>> ExecuteAsync(Terminal terminal, CancellationToken cancellationToken)
    {
        watched.AddRange((await runs.ListOpenAsync(time.GetUtcNow(), cancellationToken)).Where(run => run.State == RunState.Open));
        if (!Any)
        {
            return [];
        }

        foreach (var run in watched.Where(run => !begun.ContainsKey((run.Date, run.Cohort))))
        {
            var parts = await LookAsync(run, Begun.Nothing, cancellationToken);
            begun[(run.Date, run.Cohort)] = new Begun((parts.Sent, parts.Other), (parts.Sent, parts.Other), null);
        }

        // Nobody's mail waits for a count.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        audience = CountAsync(ending.Token);
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
            await audience;
        }
        finally
        {
            await ending.CancelAsync();
        }

        var now = await LookAsync(cancellationToken);
        Last = Words(now, now.Sent, time.GetElapsedTime(began)) + (now.Other > 0 ? $", {Said.Count(now.Other)} not sent (status says why)" : "");
        var open = new List<RunReport>();
        foreach (var run in watched.Where(run => run.State == RunState.Open))
        {
            open.Add(await report.OfAsync(run, cancellationToken));
        }

        return open;
    }

    /// <summary>
    /// Says how it ended, a line for each run that is not closed or was cancelled. Returns the exit code: 1 if the relay refuses us,
    /// <see cref="CommandLine.Cancelled"/> if an operator cancelled a run.
    /// </summary>
    public async Task<int> ConcludeAsync(IReadOnlyList<RunReport> open, Terminal terminal, CancellationToken cancellationToken)
    {
        var trouble = false;
        var cancelled = watched.Where(run => run.Cancelled).ToList();
        foreach (var one in open.Where(one => !one.Run.Cancelled))
        {
            var why = one.Paused ? "paused (run resume lets it go on)"
                : one.Trouble is { } refused ? $"the relay refuses us: {refused}"
                : string.Create(CultureInfo.InvariantCulture, $"{one.Counts.GetValueOrDefault(DeliveryState.Deferred)} put off by the relay, or in another program's hands");
            trouble |= one is { Paused: false, Trouble: not null };
            await terminal.ErrorAsync($"{ChosenRuns.Name(one.Run)} is not closed: {why}. Serve, or run again later; status shows each reader.");
        }

        foreach (var run in cancelled)
        {
            var stood = RunTally.Of(await report.OfAsync(run, cancellationToken));
            await terminal.ErrorAsync($"{ChosenRuns.Name(run)} was cancelled: {stood.Words}. deliver --missing sends to those it was withheld from after all.");
        }

        if (Any)
        {
            await terminal.LineAsync(Last);
        }

        return trouble ? 1 : cancelled.Count > 0 ? CommandLine.Cancelled : 0;
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
                    if (!control.Done && control.Owner is null && (control.Cancelled || !(control.NextRetry > time.GetUtcNow() || control.Paused)))
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
            if (begun[(run.Date, run.Cohort)] is { Expected: { } expected })
            {
                readers += expected;
                continue;
            }

            readers += Cohort.TryParse(run.Cohort, out var cohort) ? await count.ExecuteAsync(cohort, run.Date, cancellationToken) : 0;
        }

        return readers;
    }

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
                var now = await LookAsync(cancellationToken);
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

    private async Task<Standing> LookAsync(CancellationToken cancellationToken)
    {
        var standing = new Standing(0, 0, 0, 0, false);
        var seen = new List<Run>();
        foreach (var run in watched)
        {
            var current = await runs.GetAsync(run.Date, run.Cohort, cancellationToken) ?? run;
            seen.Add(current);
            var stood = begun[(run.Date, run.Cohort)];
            standing += current.State == RunState.Open ? await LookAsync(current, stood, cancellationToken) : OfClosed(current, stood);
        }

        watched = seen;
        return standing;
    }

    private async Task<Standing> LookAsync(Run run, Begun stood, CancellationToken cancellationToken)
    {
        var (sent, other, waiting, now) = (0L, 0L, 0, time.GetUtcNow());
        foreach (var (part, control) in await LedgerReader.PartsAsync(tables, run, cancellationToken))
        {
            (sent, other) = (sent + control.Sent, other + control.Other);

            // What is to be sent by now is not put off.
            var later = part.RetryRange with { From = null, After = part.RetryKey(now, "g") };
            await foreach (var _ in tables.ScanAsync(Tables.Ledger, part.Partition, later, cancellationToken))
            {
                if (++waiting == MostWaiting)
                {
                    break;
                }
            }
        }

        return Since(stood, stood.Open, sent, other) with { Waiting = waiting, Open = true };
    }

    private static Standing OfClosed(Run run, Begun stood)
    {
        var sent = run.Counts.GetValueOrDefault(DeliveryState.Sent);
        return Since(stood, stood.Closed, sent, run.Counts.Values.Sum() - sent);
    }

    /// <summary>What was told before is not told again; but what is left of an audience is what nobody has settled.</summary>
    private static Standing Since(Begun stood, (long Sent, long Other) before, long sent, long other)
    {
        var (now, also) = (Math.Max(0, sent - before.Sent), Math.Max(0, other - before.Other));
        return new Standing(now, also, stood.Expected is null ? sent + other : now + also, 0, false);
    }

    private string Words(Standing now, long sent, TimeSpan span)
    {
        var rate = span.TotalSeconds < 0.001 ? 0 : sent / span.TotalSeconds;
        var remaining = !now.Open ? "0"
            : audience.IsCompletedSuccessfully ? Said.Count(Math.Max(now.Waiting, audience.Result - now.Settled))
            : "readers are being counted,";
        var deferred = now.Waiting > 0 ? string.Create(CultureInfo.InvariantCulture, $", {Said.Count(now.Waiting)}{(now.Waiting >= MostWaiting ? "+" : "")} of them deferred") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Said.Count(now.Sent)} sent ({rate:0.#} a second), {remaining} remaining{deferred}");
    }

    /// <summary>Where a run stood when this began: deliveries that the relay had taken, and those that had ended otherwise.</summary>
    /// <param name="Open">By its parts' count, to be compared with while it is open.</param>
    /// <param name="Closed">By the ledger's, to be compared with once it is closed.</param>
    /// <param name="Expected">How many are to be sent; null for whoever of the audience is left.</param>
    private sealed record Begun((long Sent, long Other) Open, (long Sent, long Other) Closed, long? Expected)
    {
        public static readonly Begun Nothing = new((0, 0), (0, 0), null);
    }

    /// <summary>How far the runs are.</summary>
    /// <param name="Sent">Deliveries that the relay took since this began.</param>
    /// <param name="Other">Deliveries that ended otherwise since.</param>
    /// <param name="Settled">Those that are not among the remaining.</param>
    /// <param name="Waiting">Deliveries that are put off.</param>
    /// <param name="Open">True if a run is open.</param>
    private sealed record Standing(long Sent, long Other, long Settled, long Waiting, bool Open)
    {
        public static Standing operator +(Standing one, Standing other) => new(
            one.Sent + other.Sent, one.Other + other.Other, one.Settled + other.Settled, one.Waiting + other.Waiting, one.Open || other.Open);
    }
}
