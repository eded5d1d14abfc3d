using System.Runtime.CompilerServices;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>A service mail that is due. <see cref="ComposeNotice"/> decides its kind when it is sent.</summary>
/// <param name="Partition">The UTC day of the request.</param>
/// <param name="Key">
/// The subscriber's id, <c>~</c> and the second of the request. For a new address also <c>~new~</c> and <see cref="AddressHash.Tag"/>; for
/// a former address also <c>~left</c>; for a link also <c>~link~</c> and its purpose.
/// </param>
/// <param name="SubscriberId">The subscriber.</param>
/// <param name="AskedAt">The instant of the request.</param>
/// <param name="NotBefore">The earliest instant of the next attempt.</param>
/// <param name="Attempts">Number of attempts so far.</param>
/// <param name="ETag">The version of the row.</param>
internal sealed record DueNotice(
    string Partition, string Key, string SubscriberId, DateTimeOffset AskedAt, DateTimeOffset NotBefore, int Attempts, string ETag);

/// <summary>
/// Service mails. Table Notices: partition = UTC day, a row per notice with its outcome, and while it is due a second row <c>due~</c> for
/// the worker.
/// </summary>
public sealed class NoticeStore(ITableStore tables)
{
    /// <summary>Days for which notices are kept, from the day of the request.</summary>
    public const int RetentionDays = 30;

    /// <summary>In the key of a notice to a new address.</summary>
    public const string NewAddressKind = "new";

    /// <summary>In the key of a notice to a former address.</summary>
    public const string FormerAddressKind = "left";

    /// <summary>In the key of a notice with a link for the subscriber.</summary>
    public const string LinkKind = "link";

    /// <summary>The outcome of a notice that a relay accepted.</summary>
    public const string Sent = "sent";

    private const string Due = "due~";

    /// <summary>Adds a notice for the subscriber, requested at the instant. Repeatable, also after it was sent.</summary>
    public Task AddAsync(string subscriberId, DateTimeOffset askedAt, CancellationToken cancellationToken) =>
        AddAsync($"{subscriberId}~{askedAt.ToUnixTimeSeconds()}", askedAt, [], cancellationToken);

    /// <summary>
    /// Adds a notice to a new address, unless one to the same address was added on that UTC day for any subscriber. A row <c>once~</c> in
    /// the same batch ensures this; the storage calls are the same in both cases.
    /// </summary>
    public Task AddToNewAddressAsync(string subscriberId, DateTimeOffset askedAt, string addressTag, CancellationToken cancellationToken) =>
        AddAsync(
        $"{subscriberId}~{askedAt.ToUnixTimeSeconds()}~{NewAddressKind}~{addressTag}", askedAt,
        [TableWrite.Insert(new TableRow($"once~{addressTag}") { { "asked", askedAt } })], cancellationToken);

    /// <summary>Adds the notice to the address that the subscriber left at the instant. Repeatable.</summary>
    public Task AddToFormerAddressAsync(string subscriberId, DateTimeOffset left, CancellationToken cancellationToken) =>
        AddAsync($"{subscriberId}~{left.ToUnixTimeSeconds()}~{FormerAddressKind}", left, [], cancellationToken);

    /// <summary>Adds the notice with a link of this purpose, to the subscriber's address.</summary>
    public Task AddLinkAsync(string subscriberId, DateTimeOffset askedAt, LinkPurpose purpose, CancellationToken cancellationToken) =>
        AddAsync($"{subscriberId}~{askedAt.ToUnixTimeSeconds()}~{LinkKind}~{purpose}", askedAt, [], cancellationToken);

    private async Task AddAsync(string key, DateTimeOffset askedAt, TableWrite[] further, CancellationToken cancellationToken) =>
        await tables.WriteAsync(Tables.Notices, Day(askedAt), [
            .. further,
            TableWrite.Insert(new TableRow(key) { { "asked", askedAt } }),
            TableWrite.Insert(new TableRow(Due + key) { { "asked", askedAt }, { "notBefore", askedAt } }),
        ], cancellationToken);

    /// <summary>The subscriber's notices of the last days, today included, newest day first.</summary>
    public async Task<IReadOnlyList<KeptNotice>> ListAsync(
        string subscriberId, DateTimeOffset now, int days, CancellationToken cancellationToken)
    {
        var kept = new List<KeptNotice>();
        for (var day = 0; day < days; day++)
        {
            var rows = await tables.QueryAsync(
                Tables.Notices, Day(now.AddDays(-day)), RowRange.Prefix(subscriberId + "~"), TableRules.MaxBatch, cancellationToken);
            kept.AddRange(rows.Select(KeptNotice.Read).OfType<KeptNotice>());
        }

        return kept;
    }

    /// <summary>The notice with the name; null if it is not kept any more, or if two have the name.</summary>
    internal async Task<KeptNotice?> FindAsync(NoticeName name, CancellationToken cancellationToken)
    {
        var rows = await tables.QueryAsync(
            Tables.Notices, Day(name.Asked), RowRange.Prefix($"{name.SubscriberId}~{name.Asked.ToUnixTimeSeconds()}"),
            TableRules.MaxBatch, cancellationToken);
        return rows.Select(KeptNotice.Read).Where(one => one?.Name == name).ToList() is [var only] ? only : null;
    }

    /// <summary>Notes what came back for a settled notice. Returns false if it was changed since it was read.</summary>
    internal async Task<bool> NoteReturnAsync(
        KeptNotice notice, Reports reports, string? reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await tables.GetAsync(Tables.Notices, Day(notice.Name.Asked), notice.Key, cancellationToken) is not { } row
            || row.ETag != notice.ETag)
        {
            return false;
        }

        var noted = new TableRow(row.Key);
        foreach (var (property, value) in row)
        {
            noted.Add(property, value);
        }

        noted.Add("reports", reports.ToString());
        noted.Add("reason", reason);
        noted.Add("reported", now);
        return (await tables.WriteAsync(
            Tables.Notices, Day(notice.Name.Asked), TableWrite.Update(noted, row.ETag!), cancellationToken)).IsDone;
    }

    /// <summary>The notices that may be sent now, of today and the given number of days before, oldest first.</summary>
    internal async IAsyncEnumerable<DueNotice> DueAsync(
        DateTimeOffset now, int daysBack, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var days = -daysBack; days <= 0; days++)
        {
            var partition = Day(now.AddDays(days));
            await foreach (var row in tables.ScanAsync(Tables.Notices, partition, RowRange.Prefix(Due), cancellationToken, page: 100))
            {
                var key = row.Key[Due.Length..];
                if (row.Instant("notBefore") is { } notBefore && notBefore <= now)
                {
                    yield return new DueNotice(
                        partition, key, key.Split('~')[0], row.Instant("asked") ?? now, notBefore, row.Count("attempts"), row.ETag!);
                }
            }
        }
    }

    /// <summary>A notice that waits longer than this raises an alert: the relay refuses us, or no worker runs.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(15);

    /// <summary>A bound on reading: of more notices a day, <see cref="LateAsync"/> returns so many.</summary>
    public const int MaxLate = 100;

    /// <summary>The request times of notices of the last days that wait too long.</summary>
    public Task<IReadOnlyList<DateTimeOffset>> LateAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        WaitingAsync(now, now - MaxWait, daysBack: 2, MaxLate, cancellationToken);

    /// <summary>
    /// Returns the request times of waiting notices: due, requested before the instant, with at most one attempt. (A notice that its
    /// receiver defers has more attempts by then.) Covers today and the given number of days before, and reads at most
    /// <paramref name="rows"/> rows per day:
    /// the result tells whether there are any, not how many.
    /// </summary>
    public async Task<IReadOnlyList<DateTimeOffset>> WaitingAsync(
        DateTimeOffset now, DateTimeOffset before, int daysBack, int rows, CancellationToken cancellationToken)
    {
        var waiting = new List<DateTimeOffset>();
        for (var days = -daysBack; days <= 0; days++)
        {
            var due = await tables.QueryAsync(Tables.Notices, Day(now.AddDays(days)), RowRange.Prefix(Due), rows, cancellationToken);
            waiting.AddRange(due.Where(row => row.Count("attempts") <= 1).Select(row => row.Instant("asked")).OfType<DateTimeOffset>()
                .Where(asked => asked < before));
        }

        return waiting;
    }

    /// <summary>
    /// Sets the next attempt of the notice: a lease before an attempt, or a retry after it. Returns null if another worker changed it.
    /// </summary>
    internal async Task<DueNotice?> PostponeAsync(DueNotice notice, DateTimeOffset until, int attempts, CancellationToken cancellationToken)
    {
        var row = new TableRow(Due + notice.Key) { { "asked", notice.AskedAt }, { "notBefore", until }, { "attempts", attempts } };
        var result = await tables.WriteAsync(Tables.Notices, notice.Partition, TableWrite.Update(row, notice.ETag), cancellationToken);
        return result.IsDone ? notice with { NotBefore = until, Attempts = attempts, ETag = result.ETags[0] } : null;
    }

    /// <summary>Records the outcome; the notice is no longer due. Returns false if another worker changed it.</summary>
    internal async Task<bool> SettleAsync(
        DueNotice notice, string outcome, string reply, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var row = new TableRow(notice.Key)
        {
            { "asked", notice.AskedAt }, { "settled", at }, { "outcome", outcome }, { "reply", reply }, { "attempts", notice.Attempts },
        };
        var result = await tables.WriteAsync(
            Tables.Notices, notice.Partition, [TableWrite.Upsert(row), TableWrite.Delete(Due + notice.Key, notice.ETag)],
            cancellationToken);
        return result.IsDone;
    }

    private static string Day(DateTimeOffset instant) => LocalDates.Utc(instant).Text();
}
