using System.Diagnostics;
using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary>
/// Delivers the open runs as far as possible now, and reports its progress: what was sent since it began.
/// Progress comes from the parts' own counts, a few rows. The readers are counted once, during the delivery.
/// </summary>
internal sealed class RunProgress(IServiceProvider services)
{
    /// <summary>The exit code of a verb when an operator cancelled a run during the delivery.</summary>
    public const int Cancelled = 3;

    private const int MaxParallelParts = 4;
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(2);

    private readonly DeliverHints hints = services.GetRequiredService<DeliverHints>();
    private readonly DeliverPart deliverPart = services.GetRequiredService<DeliverPart>();
    private readonly ReportRun report = services.GetRequiredService<ReportRun>();
    private readonly ITableStore tables = services.GetRequiredService<ITableStore>();
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();
    private readonly RunWatch watch = new(services);
    private Task<long> readers = Task.FromResult(0L);

    /// <summary>True if a run was open.</summary>
    public bool Any => watch.Runs.Count > 0;

    /// <summary>The last line of progress.</summary>
    public string Last { get; private set; } = "";

    /// <summary>
    /// Delivers until every open run is closed, or waits for a retry, an operator or another program. Returns the runs that wait or were
    /// cancelled.
    /// </summary>
    public async Task<IReadOnlyList<RunReport>> ExecuteAsync(Terminal terminal, CancellationToken cancellationToken)
    {
        await watch.BeginAsync(cancellationToken);
        if (!Any)
        {
            return [];
        }

        // Delivery does not wait for the count.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        readers = watch.CountAsync(ending.Token);
        var began = time.GetTimestamp();
        try
        {
            await terminal.WatchAsync("Delivering", async say =>
            {
                using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                var telling = ReportAsync(say, over.Token);
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
        Last = Words(now, now.Sent, span) + (now.Other > 0 ? $", {Format.Count(now.Other)} not sent (status says why)" : "");
        foreach (var date in watch.Runs.Select(run => run.Date.Text()).Distinct())
        {
            await services.AuditAsync("run.deliver", date, null, Last, cancellationToken);
        }

        return undone;
    }

    /// <summary>
    /// Writes a line for each run that is open or was cancelled, and the last line of progress. Returns the exit code: 1 if the relay
    /// refuses us, <see cref="Cancelled"/> if an operator cancelled a run.
    /// </summary>
    public async Task<int> ConcludeAsync(IReadOnlyList<RunReport> undone, Terminal terminal)
    {
        var trouble = false;
        foreach (var one in undone.Where(one => !one.Run.Cancelled))
        {
            trouble |= one is { Paused: false, Trouble: not null };
            await terminal.ErrorAsync($"{ChosenRuns.Name(one.Run)} is {Words(one)}.");
        }

        foreach (var one in undone.Where(one => one.Run.Cancelled))
        {
            await terminal
                .ErrorAsync($"{ChosenRuns.Name(one.Run)} was cancelled: {RunTally.Of(one).Text}. deliver --missing can still send to "
                    + $"readers it was withheld from.");
        }

        if (Any)
        {
            await terminal.LineAsync(Last);
        }

        return trouble ? 1 : undone.Any(one => one.Run.Cancelled) ? Cancelled : 0;
    }

    /// <summary>Why the run is open, and what continues it.</summary>
    private static string Words(RunReport one)
    {
        const string Continues = "It continues with serve or the next run; status lists the readers";
        if (one.Run.IsUndecided || one.Paused)
        {
            return one.Run.IsUndecided ? ChosenRuns.HeldHelp : "paused: run resume continues it";
        }

        if (one.Trouble is { } refused)
        {
            return $"still open: the relay refuses us: {refused.TrimEnd('.')}. {Continues}";
        }

        var deferred = one.Counts.GetValueOrDefault(DeliveryState.Deferred) + one.Counts.GetValueOrDefault(DeliveryState.Unknown);
        var elsewhere = one.OpenParts.Count(part => part is { Owner: not null, OwnerIsGone: false });
        var why = new List<string>();
        if (deferred > 0)
        {
            why.Add($"{Format.Count(deferred, "reader")} {(deferred == 1 ? "waits" : "wait")} for another attempt");
        }

        if (elsewhere > 0)
        {
            why.Add($"another program delivers {Format.Count(elsewhere, "part")}");
        }

        return $"still open{(why.Count > 0 ? ": " + string.Join(", and ", why) : "")}. {Continues}";
    }

    private async Task DeliverAsync(CancellationToken cancellationToken)
    {
        bool again;
        do
        {
            while (await hints.ExecuteAsync(cancellationToken) > 0)
            {
            }

            // A hint may be lost or be hidden by a program that was killed, and an operator may have made a part due: free parts need no
            // hint.
            var free = new List<Part>();
            foreach (var run in watch.Runs)
            {
                free.AddRange((await LedgerReader.PartsAsync(tables, run, cancellationToken)).Where(IsFree).Select(one => one.Part));
            }

            var worked = 0;
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = MaxParallelParts, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(free, parallel, async (part, stop) =>
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

    private async Task ReportAsync(Func<string, Task> say, CancellationToken cancellationToken)
    {
        try
        {
            var before = 0L;
            for (var pause = ReportInterval; ;)
            {
                var since = time.GetTimestamp();
                await Task.Delay(pause, time, cancellationToken);
                var clock = Stopwatch.StartNew();
                var now = await watch.LookAsync(cancellationToken);
                await say(Words(now, now.Sent - before, time.GetElapsedTime(since)));
                before = now.Sent;

                // Reading the progress costs a few reads per part: less than a tenth of the work.
                pause = TimeSpan.FromTicks(Math.Max(ReportInterval.Ticks, clock.Elapsed.Ticks * 10));
            }
        }
        catch (OperationCanceledException)
        {
            // The delivery has ended, or the program is stopping.
        }
    }

    private string Words(DeliveryProgress now, long sent, TimeSpan span)
    {
        var rate = span.TotalSeconds < 0.001 ? 0 : sent / span.TotalSeconds;
        var left = now.Remaining
            ?? (!now.Open ? 0 : readers.IsCompletedSuccessfully ? Math.Max(0, readers.Result - now.Sent - now.Other) : null);
        var remaining = left is { } known ? $"{Format.Count(known)} remaining" : "the remaining readers are being counted";

        // A delivery that an operator or its reader ended may still be listed as deferred.
        var waiting = Math.Min(now.Waiting, left ?? now.Waiting);
        var deferred = waiting > 0
            ? $", {Format.Count(waiting)}{(now.Remaining is null && waiting >= RunWatch.MaxWaiting ? "+" : "")} of them deferred" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Format.Count(now.Sent)} sent ({rate:0.#} a second), {remaining}{deferred}");
    }
}
