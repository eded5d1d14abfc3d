using DailyDigest.Calendar;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary>How far the runs are, since this began.</summary>
/// <param name="Sent">Deliveries that the relay took.</param>
/// <param name="Other">Deliveries that ended otherwise.</param>
/// <param name="Waiting">Deliveries that are put off.</param>
/// <param name="Open">True if a run is open.</param>
internal sealed record Standing(long Sent, long Other, long Waiting, bool Open)
{
    /// <summary>Deliveries that have not ended; null where the readers have not been counted.</summary>
    public long? Remaining { get; init; }
}

/// <summary>
/// The runs that a command delivers, and how far they are since it began. While it delivers that comes from the parts' own counts, a few rows; at the end from
/// the ledger's rows, so that what was sent, what ended otherwise and what remains are together what there was to do.
/// </summary>
internal sealed class RunWatch(IServiceProvider services)
{
    /// <summary>More deliveries than this that are put off are not counted while they are under way.</summary>
    public const int MostWaiting = 10_000;

    private readonly RunStore runs = services.GetRequiredService<RunStore>();
    private readonly ReportRun report = services.GetRequiredService<ReportRun>();
    private readonly ITableStore tables = services.GetRequiredService<ITableStore>();
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();
    private readonly Dictionary<(DateOnly Date, string Cohort), (long Sent, long Other)> byParts = [];
    private readonly Dictionary<(DateOnly Date, string Cohort), RunLeft> byRows = [];
    private DateTimeOffset began;

    /// <summary>The runs, as they were when they were last looked at.</summary>
    public IReadOnlyList<Run> Runs { get; private set; } = [];

    /// <summary>Watches every run that is open, and remembers where it stands.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        began = time.GetUtcNow();
        Runs = [.. (await runs.ListOpenAsync(began, cancellationToken)).Where(run => run.State == RunState.Open)];
        foreach (var run in Runs)
        {
            byParts[(run.Date, run.Cohort)] = Settled(await LedgerReader.PartsAsync(tables, run, cancellationToken));
        }
    }

    /// <summary>Returns to how many there was something to do when this began. Reads them all; to be called once, also while they are delivered to.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        foreach (var run in Runs.ToList())
        {
            byRows[(run.Date, run.Cohort)] = await report.LeftAsync(run, began, cancellationToken);
        }

        return byRows.Values.Sum(one => one.Left);
    }

    /// <summary>How far they are, as far as the parts know.</summary>
    public async Task<Standing> LookAsync(CancellationToken cancellationToken)
    {
        var standing = new Standing(0, 0, 0, false);
        var seen = new List<Run>();
        foreach (var run in Runs)
        {
            var current = await runs.GetAsync(run.Date, run.Cohort, cancellationToken) ?? run;
            seen.Add(current);
            var parts = await LedgerReader.PartsAsync(tables, current, cancellationToken);
            var ((sent, other), (sentBefore, otherBefore)) = (Settled(parts), byParts[(run.Date, run.Cohort)]);
            standing = new Standing(
                standing.Sent + Math.Max(0, sent - sentBefore),
                standing.Other + Math.Max(0, other - otherBefore),
                standing.Waiting + (current.State == RunState.Open ? await WaitingAsync(parts, cancellationToken) : 0),
                standing.Open || current.State == RunState.Open);
        }

        Runs = seen;
        return standing;
    }

    /// <summary>How they stand at the end, by the ledger; <see cref="CountAsync"/> has ended before.</summary>
    /// <param name="undone">The reports of those that are not closed, or were cancelled.</param>
    public Standing Conclude(IReadOnlyList<RunReport> undone)
    {
        var (sent, other, waiting, remaining, open) = (0L, 0L, 0L, 0L, false);
        foreach (var run in Runs)
        {
            var one = undone.FirstOrDefault(one => (one.Run.Date, one.Run.Cohort) == (run.Date, run.Cohort));
            var (counts, before) = (one?.Counts ?? run.Counts, byRows[(run.Date, run.Cohort)]);
            var (nowSent, putOff) = (Of(DeliveryState.Sent), Of(DeliveryState.Deferred) + Of(DeliveryState.Unknown));
            var unsettled = putOff + Of(DeliveryState.Attempting);
            sent += Math.Max(0, nowSent - before.Sent);
            other += Math.Max(0, counts.Values.Sum() - nowSent - unsettled - before.Other);
            if (one is { Run.State: RunState.Open })
            {
                (waiting, remaining, open) = (waiting + putOff, remaining + unsettled + one.NotTakenUp, true);
            }

            long Of(DeliveryState state) => counts.GetValueOrDefault(state);
        }

        return new Standing(sent, other, waiting, open) { Remaining = remaining };
    }

    private async Task<long> WaitingAsync(IReadOnlyList<(Part Part, PartControl Control)> parts, CancellationToken cancellationToken)
    {
        var (waiting, now) = (0, time.GetUtcNow());
        foreach (var (part, _) in parts)
        {
            // What is to be sent by now is not put off.
            var later = part.RetryRange with { From = null, After = part.RetryKey(now, "g") };
            await foreach (var _ in tables.ScanAsync(Tables.Ledger, part.Partition, later, cancellationToken))
            {
                if (++waiting == MostWaiting)
                {
                    return waiting;
                }
            }
        }

        return waiting;
    }

    private static (long Sent, long Other) Settled(IReadOnlyList<(Part Part, PartControl Control)> parts) =>
        (parts.Sum(one => one.Control.Sent), parts.Sum(one => one.Control.Other));
}
