using System.Globalization;
using System.Runtime.CompilerServices;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>A service mail that is due. Which one it is, is decided when it is sent, from the truth of that moment.</summary>
/// <param name="Partition">UTC day on which it was asked for.</param>
/// <param name="Key">The subscriber's id, <c>~</c> and the second it was asked for.</param>
/// <param name="SubscriberId">To whom.</param>
/// <param name="AskedAt">When it was asked for.</param>
/// <param name="NotBefore">When it may be tried.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="ETag">The version of the row.</param>
public sealed record DueNotice(
    string Partition, string Key, string SubscriberId, DateTimeOffset AskedAt, DateTimeOffset NotBefore, int Attempts, string ETag);

/// <summary>
/// Table Notices: partition = UTC day; a row per notice with its outcome, and beside it, while it is due, a row <c>due~</c> that the worker finds.
/// </summary>
public sealed class NoticeStore(ITableStore tables)
{
    private const string Due = "due~";

    /// <summary>Adds a notice for the subscriber, asked for at the instant. Adding it again adds nothing, also after it was sent.</summary>
    public async Task AddAsync(string subscriberId, DateTimeOffset askedAt, CancellationToken cancellationToken)
    {
        var key = $"{subscriberId}~{askedAt.ToUnixTimeSeconds()}";
        await tables.WriteAsync(Tables.Notices, Day(askedAt), [
            TableWrite.Insert(new TableRow(key) { { "asked", askedAt } }),
            TableWrite.Insert(new TableRow(Due + key) { { "asked", askedAt }, { "notBefore", askedAt } }),
        ], cancellationToken);
    }

    /// <summary>The notices that may be tried now, of today and so many days before, oldest first.</summary>
    public async IAsyncEnumerable<DueNotice> DueAsync(DateTimeOffset now, int daysBack, [EnumeratorCancellation] CancellationToken cancellationToken)
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

    /// <summary>Puts the notice off, one attempt on: so it is claimed before it is tried, and retried later. Null if another worker was first.</summary>
    public async Task<DueNotice?> PutOffAsync(DueNotice notice, DateTimeOffset until, int attempts, CancellationToken cancellationToken)
    {
        var row = new TableRow(Due + notice.Key) { { "asked", notice.AskedAt }, { "notBefore", until }, { "attempts", attempts } };
        var result = await tables.WriteAsync(Tables.Notices, notice.Partition, TableWrite.Update(row, notice.ETag), cancellationToken);
        return result.IsDone ? notice with { NotBefore = until, Attempts = attempts, ETag = result.ETags[0] } : null;
    }

    /// <summary>Records the outcome; the notice is due no more. False if another worker took it meanwhile.</summary>
    public async Task<bool> SettleAsync(DueNotice notice, string outcome, string reply, DateTimeOffset at, CancellationToken cancellationToken)
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
