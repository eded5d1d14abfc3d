using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Runs;

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
    /// The runs that are not closed, by date. A run begins at most <see cref="Run.MaxDaysBack"/> days after its local date and ends within
    /// 24 hours. So nothing is mailed for dates more than three days ago (<paramref name="daysBack"/>), but an abandoned run of such a date
    /// may still be open.
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

    /// <summary>Inserts the run if there is none, and returns the stored one.</summary>
    public async Task<Run> BeginAsync(Run run, CancellationToken cancellationToken)
    {
        var written = await tables.WriteAsync(Tables.Runs, run.Date.Text(), TableWrite.Insert(ToRow(run)), cancellationToken);
        return written.IsDone
            ? run with { ETag = written.ETags[0] }
            : await GetAsync(run.Date, run.Cohort, cancellationToken)
              ?? throw new StorageException($"The run of {run.Cohort} on {run.Date.Text()} is stored but cannot be read.");
    }

    /// <summary>Replaces the run if it is unchanged since it was read; otherwise returns null.</summary>
    public async Task<Run?> ChangeAsync(Run run, CancellationToken cancellationToken)
    {
        var written = await tables.WriteAsync(Tables.Runs, run.Date.Text(), TableWrite.Update(ToRow(run), run.ETag!), cancellationToken);
        return written.IsDone ? run with { ETag = written.ETags[0] } : null;
    }

    /// <summary>The number of slices of the date; the first call stores it.</summary>
    public async Task<int> SlicesAsync(DateOnly date, int wanted, CancellationToken cancellationToken)
    {
        await tables.WriteAsync(
            Tables.Runs, date.Text(), TableWrite.Insert(new TableRow(SlicesKey) { { "slices", wanted } }), cancellationToken);
        return await FrozenSlicesAsync(date, cancellationToken) ?? throw new StorageException("The slices of a date cannot be read.");
    }

    /// <summary>The number of slices of the date; null if it has no run yet.</summary>
    public async Task<int?> FrozenSlicesAsync(DateOnly date, CancellationToken cancellationToken) =>
        (await tables.GetAsync(Tables.Runs, date.Text(), SlicesKey, cancellationToken))?.Count("slices") is (1 or 16) and var slices
            ? slices : null;

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
            CountsAsSent = state != RunState.Skipped && !row.Flag("untold"),
            Missed = row.Flag("missed"),
            Paused = row.Flag("paused"),
            Cancelled = row.Flag("cancelled"),
            Held = row.Flag("held"),
            AwaitsApprovalUntil = state == RunState.Preparing ? row.Instant("awaits") : null,
            Refused = row.Whole("refused") ?? 0,
            RefusedLate = row.Whole("refusedLate") ?? 0,
            Distrusted = row.Flag("distrusted"),
            Soft = row.Whole("soft") ?? 0,
            SoftDistrusted = row.Flag("softDistrusted"),
            RefusedCursor = row.Text("endedUpTo") is { Length: > 0 } reached ? reached : null,
            Counts = Enum.GetValues<DeliveryState>()
                .Where(one => row.Whole(CountName(one)) is > 0)
                .ToDictionary(one => one, one => row.Whole(CountName(one))!.Value),
            LastSent = row.Instant("lastSent"),
            Domains = row.Text("domains"),
            Reasons = ReasonCounts.Parse(row.Text("reasons")),
            Ordered = Enum.TryParse<RunTask>(row.Text("ordered"), out var task) ? task : null,
            OrderedAt = row.Instant("orderedAt"),
            LastTask = RunTaskResult.Read(row),
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
            { "untold", run.CountsAsSent ? null : true },
            { "missed", run.Missed ? true : null },
            { "paused", run.Paused ? true : null },
            { "cancelled", run.Cancelled ? true : null },
            { "held", run.Held ? true : null },
            { "awaits", run.State == RunState.Preparing ? run.AwaitsApprovalUntil : null },
            { "refused", run.Refused == 0 ? null : run.Refused },
            { "refusedLate", run.RefusedLate == 0 ? null : run.RefusedLate },
            { "distrusted", run.Distrusted ? true : null },
            { "soft", run.Soft == 0 ? null : run.Soft },
            { "softDistrusted", run.SoftDistrusted ? true : null },
            { "endedUpTo", run.RefusedCursor },
            { "lastSent", run.LastSent },
            { "domains", run.Domains },
            { "reasons", ReasonCounts.ToText(run.Reasons) },
            { "ordered", run.Ordered?.ToString() },
            { "orderedAt", run.OrderedAt },
        };
        run.LastTask?.Write(row);
        foreach (var (state, count) in run.Counts)
        {
            row.Add(CountName(state), count);
        }

        return row;
    }

    private static string CountName(DeliveryState state) => "count" + state;
}
