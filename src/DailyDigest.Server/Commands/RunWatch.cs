using DailyDigest.Delivery;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary>How far the runs are.</summary>
/// <param name="Sent">Deliveries that the relay took since this began.</param>
/// <param name="Other">Deliveries that ended otherwise since.</param>
/// <param name="Settled">Those that are not among the remaining.</param>
/// <param name="Waiting">Deliveries that are put off.</param>
/// <param name="Open">True if a run is open.</param>
internal sealed record Standing(long Sent, long Other, long Settled, long Waiting, bool Open)
{
    public static Standing operator +(Standing one, Standing other) => new(
        one.Sent + other.Sent, one.Other + other.Other, one.Settled + other.Settled, one.Waiting + other.Waiting, one.Open || other.Open);
}

/// <summary>The runs that a command delivers, and how far they are since it began: from the parts' own counts, a few rows.</summary>
internal sealed class RunWatch(IServiceProvider services)
{
    /// <summary>More deliveries than this that are put off are not counted.</summary>
    public const int MostWaiting = 10_000;

    private readonly RunStore runs = services.GetRequiredService<RunStore>();
    private readonly ITableStore tables = services.GetRequiredService<ITableStore>();
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();
    private readonly Dictionary<(DateOnly Date, string Cohort), Begun> begun = [];

    /// <summary>The runs, as they were when they were last looked at.</summary>
    public IReadOnlyList<Run> Runs { get; private set; } = [];

    /// <summary>How many are to be sent; null for whoever of the run's audience is left.</summary>
    public long? Expected(Run run) => begun[(run.Date, run.Cohort)].Expected;

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

    /// <summary>Watches every run that is open, and remembers where it stands.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        Runs = [.. (await runs.ListOpenAsync(time.GetUtcNow(), cancellationToken)).Where(run => run.State == RunState.Open)];
        foreach (var run in Runs.Where(run => !begun.ContainsKey((run.Date, run.Cohort))))
        {
            var parts = await LookAsync(run, Begun.Nothing, cancellationToken);
            begun[(run.Date, run.Cohort)] = new Begun((parts.Sent, parts.Other), (parts.Sent, parts.Other), null);
        }
    }

    /// <summary>How far they are since this began.</summary>
    public async Task<Standing> LookAsync(CancellationToken cancellationToken)
    {
        var standing = new Standing(0, 0, 0, 0, false);
        var seen = new List<Run>();
        foreach (var run in Runs)
        {
            var current = await runs.GetAsync(run.Date, run.Cohort, cancellationToken) ?? run;
            seen.Add(current);
            var stood = begun[(run.Date, run.Cohort)];
            standing += current.State == RunState.Open ? await LookAsync(current, stood, cancellationToken) : OfClosed(current, stood);
        }

        Runs = seen;
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

    /// <summary>Where a run stood when this began: deliveries that the relay had taken, and those that had ended otherwise.</summary>
    /// <param name="Open">By its parts' count, to be compared with while it is open.</param>
    /// <param name="Closed">By the ledger's, to be compared with once it is closed.</param>
    /// <param name="Expected">How many are to be sent; null for whoever of the audience is left.</param>
    private sealed record Begun((long Sent, long Other) Open, (long Sent, long Other) Closed, long? Expected)
    {
        public static readonly Begun Nothing = new((0, 0), (0, 0), null);
    }
}
