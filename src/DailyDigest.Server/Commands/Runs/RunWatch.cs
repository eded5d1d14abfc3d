using DailyDigest.Calendar;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary>The progress of a delivery since the command began.</summary>
/// <param name="Sent">Deliveries that the relay accepted.</param>
/// <param name="Other">Deliveries that ended otherwise.</param>
/// <param name="Waiting">Deferred deliveries.</param>
/// <param name="Open">True if a run is open.</param>
internal sealed record DeliveryProgress(long Sent, long Other, long Waiting, bool Open)
{
    /// <summary>Deliveries that have not ended; null if the readers are not counted yet.</summary>
    public long? Remaining { get; init; }
}

/// <summary>
/// The runs that a command delivers, and their progress since the command began. During the delivery the progress comes from the parts' own
/// counts,
/// a few rows. At the end it comes from the ledger's rows, so that sent, ended otherwise and remaining add up to the readers there were at
/// the start.
/// </summary>
internal sealed class RunWatch(IServiceProvider services)
{
    /// <summary>Deferred deliveries beyond this number are not counted during the delivery.</summary>
    public const int MaxWaiting = 10_000;

    private readonly RunStore runs = services.GetRequiredService<RunStore>();
    private readonly ReportRun report = services.GetRequiredService<ReportRun>();
    private readonly ITableStore tables = services.GetRequiredService<ITableStore>();
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();
    private readonly Dictionary<(DateOnly Date, string Cohort), (long Sent, long Other)> byParts = [];
    private readonly Dictionary<(DateOnly Date, string Cohort), RunLeft> byRows = [];
    private DateTimeOffset began;

    /// <summary>The runs, as last read.</summary>
    public IReadOnlyList<Run> Runs { get; private set; } = [];

    /// <summary>Takes the open runs and their counts as the starting point.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        began = time.GetUtcNow();
        Runs = [.. (await runs.ListOpenAsync(began, cancellationToken)).Where(run => run.State == RunState.Open)];
        foreach (var run in Runs)
        {
            byParts[(run.Date, run.Cohort)] = Settled(await LedgerReader.PartsAsync(tables, run, cancellationToken));
        }
    }

    /// <summary>
    /// Returns how many readers the runs had left when the command began. Reads every row of the ledger; call it once. It may run during
    /// the delivery.
    /// </summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        foreach (var run in Runs.ToList())
        {
            byRows[(run.Date, run.Cohort)] = await report.LeftAsync(run, began, cancellationToken);
        }

        return byRows.Values.Sum(one => one.Left);
    }

    /// <summary>The progress according to the parts' counts.</summary>
    public async Task<DeliveryProgress> LookAsync(CancellationToken cancellationToken)
    {
        var progress = new DeliveryProgress(0, 0, 0, false);
        var seen = new List<Run>();
        foreach (var run in Runs)
        {
            var current = await runs.GetAsync(run.Date, run.Cohort, cancellationToken) ?? run;
            seen.Add(current);
            var parts = await LedgerReader.PartsAsync(tables, current, cancellationToken);
            var ((sent, other), (sentBefore, otherBefore)) = (Settled(parts), byParts[(run.Date, run.Cohort)]);
            progress = new DeliveryProgress(
                progress.Sent + Math.Max(0, sent - sentBefore),
                progress.Other + Math.Max(0, other - otherBefore),
                progress.Waiting + (current.State == RunState.Open ? await WaitingAsync(parts, cancellationToken) : 0),
                progress.Open || current.State == RunState.Open);
        }

        Runs = seen;
        return progress;
    }

    /// <summary>The progress at the end, according to the ledger. Call it after <see cref="CountAsync"/> has ended.</summary>
    /// <param name="undone">The reports of the runs that are not closed, or were cancelled.</param>
    public DeliveryProgress Conclude(IReadOnlyList<RunReport> undone)
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

        return new DeliveryProgress(sent, other, waiting, open) { Remaining = remaining };
    }

    private async Task<long> WaitingAsync(IReadOnlyList<(Part Part, PartControl Control)> parts, CancellationToken cancellationToken)
    {
        var (waiting, now) = (0, time.GetUtcNow());
        foreach (var (part, _) in parts)
        {
            // A retry that is due now is not deferred.
            var later = part.RetryRange with { From = null, After = part.RetryKey(now, "g") };
            await foreach (var _ in tables.ScanAsync(Tables.Ledger, part.Partition, later, cancellationToken))
            {
                if (++waiting == MaxWaiting)
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
