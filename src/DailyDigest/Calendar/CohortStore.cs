using DailyDigest.Storage;

namespace DailyDigest.Calendar;

/// <summary>A cohort as stored.</summary>
/// <param name="Cohort">The cohort.</param>
/// <param name="FirstDate">The first local date with a run.</param>
/// <param name="LastDate">The last local date that is settled (run or recorded as skipped); null for none.</param>
/// <param name="Audience">Deliveries of the last run, to choose the number of slices; null before the first run.</param>
/// <param name="ETag">The row's version.</param>
public sealed record CohortRow(Cohort Cohort, DateOnly FirstDate, DateOnly? LastDate, long? Audience, string ETag)
{
    /// <summary>The cohort's next digest after the instant: its date, and when it is due. Null if there is none within two weeks.</summary>
    public (DateOnly Date, DateTimeOffset Due)? NextDue(DateTimeOffset now)
    {
        var today = Zones.LocalDate(Cohort.Zone, now);
        return Cohort.NextDue(FirstDate > today ? FirstDate : today, now);
    }
}

/// <summary>
/// All cohorts, for the tick. Table Cohorts. A cohort's row is written before its first audience row and is never deleted.
/// </summary>
public sealed class CohortStore(ITableStore tables, TimeProvider time)
{
    private const string Partition = "cohort";

    /// <summary>
    /// Adds the cohort if it is missing. Call it before an audience row of the cohort is written. The first date is the first whose hour is
    /// still to come, so that a digest due at seven is not sent at noon; <paramref name="from"/> sets another first date. Returns true if
    /// this call added it:
    /// the caller then copies the old cohort's history, if there is one.
    /// </summary>
    public async Task<bool> EnsureAsync(Cohort cohort, CancellationToken cancellationToken, DateOnly? from = null)
    {
        if (await tables.GetAsync(Tables.Cohorts, Partition, cohort.Key, cancellationToken) is not null)
        {
            return false;
        }

        var now = time.GetUtcNow();
        var first = from ?? Zones.LocalDate(cohort.Zone, now);
        if (from is null && Zones.DueAt(cohort.Zone, first, cohort.Hour) is { } due && due <= now)
        {
            first = first.AddDays(1);
        }

        var row = new TableRow(cohort.Key) { { "firstDate", first.Text() } };
        return (await tables.WriteAsync(Tables.Cohorts, Partition, TableWrite.Insert(row), cancellationToken)).IsDone;
    }

    /// <summary>Returns the cohort as stored; null if it is missing or cannot be read.</summary>
    public async Task<CohortRow?> GetAsync(Cohort cohort, CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Cohorts, Partition, cohort.Key, cancellationToken) is { } row ? Read(row) : null;

    /// <summary>True if the cohort is stored.</summary>
    public async Task<bool> ExistsAsync(Cohort cohort, CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Cohorts, Partition, cohort.Key, cancellationToken) is not null;

    /// <summary>All cohorts by key, without rows that cannot be read.</summary>
    public async Task<IReadOnlyList<CohortRow>> ListAsync(CancellationToken cancellationToken)
    {
        var cohorts = new List<CohortRow>();
        await foreach (var row in tables.ScanAsync(Tables.Cohorts, Partition, RowRange.All, cancellationToken))
        {
            if (Read(row) is { } cohort)
            {
                cohorts.Add(cohort);
            }
        }

        return cohorts;
    }

    /// <summary>Records that the date is settled. Returns false after a concurrent change; the next tick reads the row again.</summary>
    public Task<bool> SettleAsync(CohortRow cohort, DateOnly date, CancellationToken cancellationToken) =>
        WriteAsync(cohort with { LastDate = date }, cancellationToken);

    /// <summary>Records the number of deliveries of the cohort's last run.</summary>
    public async Task CountAsync(string cohort, long audience, CancellationToken cancellationToken)
    {
        while (await tables.GetAsync(Tables.Cohorts, Partition, cohort, cancellationToken) is { } row
            && Read(row) is { } known && known.Audience != audience
            && !await WriteAsync(known with { Audience = audience }, cancellationToken))
        {
            // A concurrent change: read again.
        }
    }

    private static CohortRow? Read(TableRow row) =>
        Cohort.TryParse(row.Key, out var cohort) && row.Date("firstDate") is { } firstDate
            ? new CohortRow(cohort, firstDate, row.Date("lastDate"), row.Whole("audience"), row.ETag!)
            : null;

    private async Task<bool> WriteAsync(CohortRow cohort, CancellationToken cancellationToken)
    {
        var row = new TableRow(cohort.Cohort.Key)
        {
            { "firstDate", cohort.FirstDate.Text() },
            { "lastDate", cohort.LastDate?.Text() },
            { "audience", cohort.Audience },
        };
        return (await tables.WriteAsync(Tables.Cohorts, Partition, TableWrite.Update(row, cohort.ETag), cancellationToken)).IsDone;
    }
}
