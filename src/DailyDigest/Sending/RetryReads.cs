using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Sending;

/// <summary>What stands behind a row by which a retry is found.</summary>
/// <param name="Row">The delivery that is to be tried again at that instant; null if there is none any more.</param>
/// <param name="Entry">Its reader; null if there never was one in the cohort.</param>
internal sealed record RetryRead(DeliveryRow? Row, AudienceEntry? Entry);

/// <summary>
/// Reads what is to be tried again: for each two rows that lie anywhere in their partitions, so many at once and a little ahead, or a part with many retries
/// would spend its time waiting for the store.
/// </summary>
internal sealed class RetryReads(Part part, Cohort cohort, ITableStore tables, AudienceStore audience, TimeProvider time)
{
    private const int AtOnce = 32;

    // Behind a slow relay: what is older is read again, so that a change made meanwhile, such as of an address, takes effect.
    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, RetryRead> ahead = new(StringComparer.Ordinal);
    private long asked;

    /// <summary>What stands behind the first of <paramref name="keys"/>, of which there is at least one. Asked once for each.</summary>
    public async Task<RetryRead> OfAsync(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        var first = keys.First();
        if (!ahead.ContainsKey(first) || time.GetElapsedTime(asked) > Believed)
        {
            ahead.Clear();
            asked = time.GetTimestamp();
            foreach (var (key, read) in await Task.WhenAll(keys.Take(AtOnce).Select(key => ReadAsync(key, cancellationToken))))
            {
                ahead[key] = read;
            }
        }

        ahead.Remove(first, out var found);
        return found!;
    }

    private async Task<(string Key, RetryRead Read)> ReadAsync(string key, CancellationToken cancellationToken)
    {
        // The ledger's row is read before the audience's: whoever leaves afterwards changes the row's version, and the update is refused.
        return await RowAsync(tables, part, key, cancellationToken) is { } row
            ? (key, new RetryRead(row, await audience.GetAsync(cohort, row.SubscriberId, cancellationToken)))
            : (key, new RetryRead(null, null));
    }

    /// <summary>The delivery that is to be tried again at the instant that the key names; null if there is none any more.</summary>
    public static async Task<DeliveryRow?> RowAsync(ITableStore tables, Part part, string key, CancellationToken cancellationToken)
    {
        var id = key[(key.LastIndexOf('|') + 1)..];
        return await tables.GetAsync(Tables.Ledger, part.Partition, id, cancellationToken) is { } stored
            && DeliveryRow.Read(stored) is { State: DeliveryState.Deferred or DeliveryState.Unknown, Until: { } until } row && part.RetryKey(until, id) == key
                ? row : null;
    }
}
