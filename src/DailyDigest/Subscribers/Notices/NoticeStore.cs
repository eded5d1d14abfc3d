using System.Globalization;
using System.Runtime.CompilerServices;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>A service mail that is due. Which one it is, is decided when it is sent, from the truth of that moment.</summary>
/// <param name="Partition">UTC day on which it was asked for.</param>
/// <param name="Key">
/// The subscriber's id, <c>~</c> and the second it was asked for; for one about a new address also <c>~new~</c> and the address's tie, for one to an
/// address that was left <c>~left</c>.
/// </param>
/// <param name="SubscriberId">To whom.</param>
/// <param name="AskedAt">When it was asked for.</param>
/// <param name="NotBefore">When it may be tried.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="ETag">The version of the row.</param>
internal sealed record DueNotice(
    string Partition, string Key, string SubscriberId, DateTimeOffset AskedAt, DateTimeOffset NotBefore, int Attempts, string ETag);

/// <summary>What is kept of a notice.</summary>
/// <param name="Kind">Empty, <see cref="NoticeStore.NewKind"/> or <see cref="NoticeStore.LeftKind"/>.</param>
/// <param name="Asked">When it was asked for.</param>
/// <param name="Settled">When it was settled; null while it is due.</param>
/// <param name="Outcome">sent, not needed, or why it failed; null while it is due.</param>
public sealed record KeptNotice(string Kind, DateTimeOffset? Asked, DateTimeOffset? Settled, string? Outcome);

/// <summary>
/// Table Notices: partition = UTC day; a row per notice with its outcome, and beside it, while it is due, a row <c>due~</c> that the worker finds.
/// </summary>
public sealed class NoticeStore(ITableStore tables)
{
    /// <summary>Days for which notices are kept, counted from the day they were asked for.</summary>
    public const int KeptDays = 30;

    /// <summary>In the key of a notice to a new address.</summary>
    public const string NewKind = "new";

    /// <summary>In the key of a notice to an address that was left.</summary>
    public const string LeftKind = "left";

    private const string Due = "due~";

    /// <summary>Adds a notice for the subscriber, asked for at the instant. Adding it again adds nothing, also after it was sent.</summary>
    public Task AddAsync(string subscriberId, DateTimeOffset askedAt, CancellationToken cancellationToken) =>
        AddAsync($"{subscriberId}~{askedAt.ToUnixTimeSeconds()}", askedAt, [], cancellationToken);

    /// <summary>
    /// Adds a notice to a new address, unless one to the same address was added on that UTC day, for whomever: a row <c>once~</c> in the same batch sees
    /// to that, and the calls are the same either way.
    /// </summary>
    public Task AddToNewAddressAsync(string subscriberId, DateTimeOffset askedAt, string tie, CancellationToken cancellationToken) => AddAsync(
        $"{subscriberId}~{askedAt.ToUnixTimeSeconds()}~{NewKind}~{tie}", askedAt,
        [TableWrite.Insert(new TableRow($"once~{tie}") { { "asked", askedAt } })], cancellationToken);

    /// <summary>Adds the notice to the address that the subscriber left at the instant. Adding it again adds nothing.</summary>
    public Task AddToFormerAddressAsync(string subscriberId, DateTimeOffset left, CancellationToken cancellationToken) =>
        AddAsync($"{subscriberId}~{left.ToUnixTimeSeconds()}~{LeftKind}", left, [], cancellationToken);

    private async Task AddAsync(string key, DateTimeOffset askedAt, TableWrite[] further, CancellationToken cancellationToken) =>
        await tables.WriteAsync(Tables.Notices, Day(askedAt), [
            .. further,
            TableWrite.Insert(new TableRow(key) { { "asked", askedAt } }),
            TableWrite.Insert(new TableRow(Due + key) { { "asked", askedAt }, { "notBefore", askedAt } }),
        ], cancellationToken);

    /// <summary>What is kept of the subscriber's notices of the last days, today included, newest day first.</summary>
    public async Task<IReadOnlyList<KeptNotice>> ListAsync(string subscriberId, DateTimeOffset now, int days, CancellationToken cancellationToken)
    {
        var kept = new List<KeptNotice>();
        for (var day = 0; day < days; day++)
        {
            var rows = await tables.QueryAsync(
                Tables.Notices, Day(now.AddDays(-day)), RowRange.Prefix(subscriberId + "~"), TableRules.MaxBatch, cancellationToken);
            kept.AddRange(rows.Select(row => new KeptNotice(
                row.Key.Split('~') is [_, _, var kind, ..] ? kind : "", row.Instant("asked"), row.Instant("settled"), row.Text("outcome"))));
        }

        return kept;
    }

    /// <summary>The notices that may be tried now, of today and so many days before, oldest first.</summary>
    internal async IAsyncEnumerable<DueNotice> DueAsync(DateTimeOffset now, int daysBack, [EnumeratorCancellation] CancellationToken cancellationToken)
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

    /// <summary>
    /// When each was asked for of the notices of today and so many days before that were asked for before the instant, are due still, and were begun once at
    /// most: those that nobody gets to send. (One that its receiver defers has been begun several times by then.) Of each day so many rows are looked at,
    /// and no more: a glance, that tells some from none.
    /// </summary>
    public async Task<IReadOnlyList<DateTimeOffset>> WaitingAsync(
        DateTimeOffset now, DateTimeOffset before, int daysBack, int rows, CancellationToken cancellationToken)
    {
        var waiting = new List<DateTimeOffset>();
        for (var days = -daysBack; days <= 0; days++)
        {
            var due = await tables.QueryAsync(Tables.Notices, Day(now.AddDays(days)), RowRange.Prefix(Due), rows, cancellationToken);
            waiting.AddRange(due.Where(row => row.Count("attempts") <= 1).Select(row => row.Instant("asked")).OfType<DateTimeOffset>().Where(asked => asked < before));
        }

        return waiting;
    }

    /// <summary>Puts the notice off, one attempt on: so it is claimed before it is tried, and retried later. Null if another worker was first.</summary>
    internal async Task<DueNotice?> PutOffAsync(DueNotice notice, DateTimeOffset until, int attempts, CancellationToken cancellationToken)
    {
        var row = new TableRow(Due + notice.Key) { { "asked", notice.AskedAt }, { "notBefore", until }, { "attempts", attempts } };
        var result = await tables.WriteAsync(Tables.Notices, notice.Partition, TableWrite.Update(row, notice.ETag), cancellationToken);
        return result.IsDone ? notice with { NotBefore = until, Attempts = attempts, ETag = result.ETags[0] } : null;
    }

    /// <summary>Records the outcome; the notice is due no more. False if another worker took it meanwhile.</summary>
    internal async Task<bool> SettleAsync(DueNotice notice, string outcome, string reply, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var row = new TableRow(notice.Key)
        {
            { "asked", notice.AskedAt }, { "settled", at }, { "outcome", outcome }, { "reply", reply }, { "attempts", notice.Attempts },
        };
        var result = await tables.WriteAsync(
            Tables.Notices, notice.Partition, [TableWrite.Upsert(row), TableWrite.Delete(Due + notice.Key, notice.ETag)], cancellationToken);
        return result.IsDone;
    }

    private static string Day(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
