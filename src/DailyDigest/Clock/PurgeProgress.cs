using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Clock;

/// <summary>The progress of the purge: a row in table Facts.</summary>
/// <param name="Pass">The UTC day of the pass that is running or was completed last.</param>
/// <param name="Done">True if it is complete.</param>
/// <param name="Ledger">The first local date whose ledger is still kept.</param>
/// <param name="Archive">The first local date whose archived digest is still kept.</param>
/// <param name="Notices">The first day whose service mails are still kept.</param>
/// <param name="Checks">The first day whose human checks are still kept.</param>
/// <param name="Audit">A day of the first month whose record of changes is still kept.</param>
/// <param name="Shard">The next of the 256 partitions of subscribers and of stories for this pass.</param>
/// <param name="ETag">The row's version; null for a row that is not stored yet.</param>
internal sealed record PurgeProgress(
    DateOnly Pass, bool Done, DateOnly Ledger, DateOnly Archive, DateOnly Notices, DateOnly Checks, DateOnly Audit, int Shard,
    string? ETag)
{
    /// <summary>The first UTC day whose reports that came back are still kept.</summary>
    public DateOnly Returns { get; init; } = Notices;

    /// <summary>The first UTC day whose counts of such reports are still kept.</summary>
    public DateOnly ReturnCounts { get; init; } = Notices;

    private const string Partition = "purge";
    private const string Row = "progress";

    /// <summary>The progress of a store in which nothing is older than the date.</summary>
    public static PurgeProgress Begin(DateOnly pass, DateOnly first) => new(pass, true, first, first, first, first, first, 0, null);

    /// <summary>Returns the stored progress; null if there is none, or it cannot be read.</summary>
    public static async Task<PurgeProgress?> ReadAsync(ITableStore tables, CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Facts, Partition, Row, cancellationToken) is { } row
        && row.Date("pass") is { } pass && row.Date("ledger") is { } ledger && row.Date("archive") is { } archive
        && row.Date("notices") is { } notices && row.Date("checks") is { } checks
            // A store from before this rule has no change that is older than the others' dates by two years.
            ? Read(row, new PurgeProgress(pass, row.Flag("done"), ledger, archive, notices, checks,
                row.Date("audit") ?? notices.AddMonths(-AuditLog.KeptMonths), Math.Max(0, row.Count("shard")), row.ETag))
            : null;

    // A store from before these rules has no report. But an earlier version that used the store beside this one, or after it, leaves the
    // dates out when it writes its own: then the days before it are looked at again, once.
    private static PurgeProgress Read(TableRow row, PurgeProgress progress) => progress with
    {
        Returns = row.Date("returns") ?? progress.Audit,
        ReturnCounts = row.Date("returnCounts") ?? progress.Audit,
    };

    /// <summary>Stores the first progress; replaces one that could not be read.</summary>
    public Task InsertAsync(ITableStore tables, CancellationToken cancellationToken) =>
        tables.WriteAsync(Tables.Facts, Partition, TableWrite.Upsert(ToRow()), cancellationToken);

    /// <summary>
    /// Stores the progress. Returns false if another machine was first: its progress counts, and deleting twice is harmless.
    /// </summary>
    public async Task<bool> ChangeAsync(ITableStore tables, CancellationToken cancellationToken) =>
        (await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Update(ToRow(), ETag!), cancellationToken)).IsDone;

    private TableRow ToRow() => new(Row)
    {
        { "pass", Pass.Text() },
        { "done", Done },
        { "ledger", Ledger.Text() },
        { "archive", Archive.Text() },
        { "notices", Notices.Text() },
        { "checks", Checks.Text() },
        { "audit", Audit.Text() },
        { "returns", Returns.Text() },
        { "returnCounts", ReturnCounts.Text() },
        { "shard", Shard },
    };
}
