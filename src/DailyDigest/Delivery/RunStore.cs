using DailyDigest.Schedule;
using DailyDigest.Storage;

namespace DailyDigest.Delivery;

/// <summary>Where a run stands.</summary>
public enum RunState
{
    /// <summary>Begun; its digest is being frozen.</summary>
    Preparing,

    /// <summary>Frozen; its parts are being delivered.</summary>
    Open,

    /// <summary>Every delivery is settled.</summary>
    Closed,

    /// <summary>Nothing was sent, and <see cref="Run.Why"/> says why.</summary>
    Skipped,
}

/// <summary>One cohort's digest and its delivery on one local date.</summary>
public sealed record Run
{
    /// <summary>The local date.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>The cohort's key.</summary>
    public required string Cohort { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunState State { get; init; }

    /// <summary>When the cohort's hour came.</summary>
    public required DateTimeOffset Due { get; init; }

    /// <summary>When it was begun: the Date header of every mail.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When what is not delivered expires.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>When it was closed; null while open.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Slices of the date: 1 or 16; 0 before the parts were made.</summary>
    public int Slices { get; init; }

    /// <summary>Why nothing was sent; null otherwise.</summary>
    public string? Why { get; init; }

    /// <summary><see cref="Why"/> of a run whose cohort nobody was in when its hour came.</summary>
    public const string NoReaders = "it had no readers when its hour came";

    /// <summary>True unless it ended without telling anybody anything: then its stories may come again, and the next digest reaches back beyond it.</summary>
    public bool Told { get; init; } = true;

    /// <summary>True if it was skipped because the service did not run in time: an operator should know.</summary>
    public bool Missed { get; init; }

    /// <summary>Set by an operator: nothing more is begun until it is unset. The parts' control rows follow it.</summary>
    public bool Paused { get; init; }

    /// <summary>Set by an operator: what was not sent is withheld. The parts' control rows follow it.</summary>
    public bool Cancelled { get; init; }

    /// <summary>Deliveries refused for a reason about their recipient, those of later reports included.</summary>
    public long Refused { get; init; }

    /// <summary>Of those the ones by later reports, as last read from the ledger (<see cref="LateRefusals"/>).</summary>
    public long RefusedLate { get; init; }

    /// <summary>True if those are more than can be believed: then nobody's subscription is ended for them, and an operator should look.</summary>
    public bool Distrusted { get; init; }

    /// <summary>The last subscriber of a closed run up to whom such subscriptions were ended; null before the first, <see cref="EndedAll"/> after the last.</summary>
    public string? EndedUpTo { get; init; }

    /// <summary>Stands after every subscriber's id.</summary>
    public const string EndedAll = "g";

    /// <summary>True while it is not closed or skipped.</summary>
    public bool IsOpen => State is RunState.Preparing or RunState.Open;

    /// <summary>
    /// True if it has closed and subscriptions are still to be ended for what it met, or nobody has looked yet: a report that came in during the close may
    /// have been too late for its counts.
    /// </summary>
    public bool HasRefusedLeft => State == RunState.Closed && !Distrusted && EndedUpTo != EndedAll;

    /// <summary>Deliveries by state when it was closed; empty before. What was reported later is in the ledger only.</summary>
    public IReadOnlyDictionary<DeliveryState, long> Counts { get; init; } = new Dictionary<DeliveryState, long>();

    /// <summary>The row's version as read.</summary>
    public string? ETag { get; init; }
}

/// <summary>Runs: partition local date, row cohort.</summary>
public sealed class RunStore(ITableStore tables)
{
    private const string SlicesKey = "$slices";

    /// <summary>Returns the run, or null.</summary>
    public async Task<Run?> GetAsync(DateOnly date, string cohort, CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Runs, date.Text(), cohort, cancellationToken) is { } row ? Read(date, row) : null;

    /// <summary>The runs of the local date by cohort.</summary>
    public async Task<IReadOnlyList<Run>> ListAsync(DateOnly date, CancellationToken cancellationToken)
    {
        var runs = new List<Run>();
        await foreach (var row in tables.ScanAsync(Tables.Runs, date.Text(), RowRange.All, cancellationToken))
        {
            if (Read(date, row) is { } run)
            {
                runs.Add(run);
            }
        }

        return runs;
    }

    /// <summary>
    /// The runs that are not closed, by date. A run is begun at most two days after its local date (<see cref="Schedule.BeginDate"/>) and ends within
    /// 24 hours: nothing is mailed any more for dates of more than three days ago (<paramref name="daysBack"/>), but a run that was left behind may be open.
    /// </summary>
    public async Task<IReadOnlyList<Run>> ListOpenAsync(DateTimeOffset now, CancellationToken cancellationToken, int daysBack = 3) =>
        [.. (await ListNearAsync(now, daysBack, cancellationToken)).Where(run => run.IsOpen)];

    /// <summary>The runs of every local date from so many days back to tomorrow's, by date.</summary>
    public async Task<IReadOnlyList<Run>> ListNearAsync(DateTimeOffset now, int daysBack, CancellationToken cancellationToken)
    {
        var near = new List<Run>();
        for (var day = -daysBack; day <= 1; day++)
        {
            near.AddRange(await ListAsync(DateOnly.FromDateTime(now.UtcDateTime).AddDays(day), cancellationToken));
        }

        return near;
    }

    /// <summary>Inserts the run if there is none, and returns the one that stands.</summary>
    public async Task<Run> BeginAsync(Run run, CancellationToken cancellationToken)
    {
        var written = await tables.WriteAsync(Tables.Runs, run.Date.Text(), TableWrite.Insert(ToRow(run)), cancellationToken);
        return written.IsDone
            ? run with { ETag = written.ETags[0] }
            : await GetAsync(run.Date, run.Cohort, cancellationToken)
              ?? throw new StorageException($"The run of {run.Cohort} on {run.Date.Text()} is stored but cannot be read.");
    }

    /// <summary>Replaces the run if nobody changed it since it was read. Returns null if somebody did.</summary>
    public async Task<Run?> ChangeAsync(Run run, CancellationToken cancellationToken)
    {
        var written = await tables.WriteAsync(Tables.Runs, run.Date.Text(), TableWrite.Update(ToRow(run), run.ETag!), cancellationToken);
        return written.IsDone ? run with { ETag = written.ETags[0] } : null;
    }

    /// <summary>The number of slices of the date, frozen by the first who asks.</summary>
    public async Task<int> SlicesAsync(DateOnly date, int wanted, CancellationToken cancellationToken)
    {
        await tables.WriteAsync(
            Tables.Runs, date.Text(), TableWrite.Insert(new TableRow(SlicesKey) { { "slices", wanted } }), cancellationToken);
        return await FrozenSlicesAsync(date, cancellationToken) ?? throw new StorageException("The slices of a date cannot be read.");
    }

    /// <summary>The number of slices of the date; null if it has no run yet.</summary>
    public async Task<int?> FrozenSlicesAsync(DateOnly date, CancellationToken cancellationToken) =>
        (await tables.GetAsync(Tables.Runs, date.Text(), SlicesKey, cancellationToken))?.Count("slices") is (1 or 16) and var slices ? slices : null;

    private static Run? Read(DateOnly date, TableRow row)
    {
        if (row.Key[0] == '$' || !Enum.TryParse<RunState>(row.Text("state"), out var state) || row.Instant("started") is not { } started)
        {
            return null;
        }

        return new Run
        {
            Date = date,
            Cohort = row.Key,
            State = state,
            Due = row.Instant("due") ?? started,
            Started = started,
            Deadline = row.Instant("deadline") ?? started.AddHours(12),
            Ended = row.Instant("ended"),
            Slices = row.Count("slices"),
            Why = row.Text("why"),
            Told = state != RunState.Skipped && !row.Flag("untold"),
            Missed = row.Flag("missed"),
            Paused = row.Flag("paused"),
            Cancelled = row.Flag("cancelled"),
            Refused = row.Whole("refused") ?? 0,
            RefusedLate = row.Whole("refusedLate") ?? 0,
            Distrusted = row.Flag("distrusted"),
            EndedUpTo = row.Text("endedUpTo") is { Length: > 0 } reached ? reached : null,
            Counts = Enum.GetValues<DeliveryState>()
                .Where(one => row.Whole(CountName(one)) is > 0)
                .ToDictionary(one => one, one => row.Whole(CountName(one))!.Value),
            ETag = row.ETag,
        };
    }

    private static TableRow ToRow(Run run)
    {
        var row = new TableRow(run.Cohort)
        {
            { "state", run.State.ToString() },
            { "due", run.Due },
            { "started", run.Started },
            { "deadline", run.Deadline },
            { "ended", run.Ended },
            { "slices", run.Slices },
            { "why", run.Why },
            { "untold", run.Told ? null : true },
            { "missed", run.Missed ? true : null },
            { "paused", run.Paused ? true : null },
            { "cancelled", run.Cancelled ? true : null },
            { "refused", run.Refused == 0 ? null : run.Refused },
            { "refusedLate", run.RefusedLate == 0 ? null : run.RefusedLate },
            { "distrusted", run.Distrusted ? true : null },
            { "endedUpTo", run.EndedUpTo },
        };
        foreach (var (state, count) in run.Counts)
        {
            row.Add(CountName(state), count);
        }

        return row;
    }

    private static string CountName(DeliveryState state) => "count" + state;
}
