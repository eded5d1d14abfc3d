using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Sending;

/// <summary>The rows behind an index row of a retry.</summary>
/// <param name="Row">The delivery to be retried at that instant; null if there is none any more.</param>
/// <param name="Entry">Its reader; null if there never was one in the cohort.</param>
internal sealed record RetryRead(DeliveryRow? Row, AudienceEntry? Entry);

/// <summary>
/// Reads the deliveries to be retried. Each needs two rows from anywhere in their partitions, so many are read at once and ahead; otherwise
/// a part with many retries would spend its time waiting for the store.
/// </summary>
internal sealed class RetryReads(Part part, Cohort cohort, ITableStore tables, AudienceStore audience, TimeProvider time)
{
    private const int MaxParallelReads = 32;

    /// <summary>
    /// With a slow relay, older rows are read again, so that a change made meanwhile, such as of an address, takes effect. Who leaves is
    /// noticed without that: the row of the delivery changes, and the attempt cannot be committed.
    /// </summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, RetryRead> ahead = new(StringComparer.Ordinal);
    private long asked;

    /// <summary>The rows behind the first of <paramref name="keys"/>, which are not empty. Call it once for each key.</summary>
    public async Task<RetryRead> OfAsync(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        var first = keys.First();
        if (!ahead.ContainsKey(first) || time.GetElapsedTime(asked) > MaxAge)
        {
            ahead.Clear();
            asked = time.GetTimestamp();
            foreach (var (key, read) in await Task.WhenAll(keys.Take(MaxParallelReads).Select(key => ReadAsync(key, cancellationToken))))
            {
                ahead[key] = read;
            }
        }

        ahead.Remove(first, out var found);
        return found!;
    }

    private async Task<(string Key, RetryRead Read)> ReadAsync(string key, CancellationToken cancellationToken)
    {
        // The ledger's row is read before the audience's: a reader who leaves afterwards changes the row's version, and the update fails.
        return await RowAsync(tables, part, key, cancellationToken) is { } row
            ? (key, new RetryRead(row, await audience.GetAsync(cohort, row.SubscriberId, cancellationToken)))
            : (key, new RetryRead(null, null));
    }

    /// <summary>The delivery to be retried at the instant in the key; null if there is none any more.</summary>
    public static async Task<DeliveryRow?> RowAsync(ITableStore tables, Part part, string key, CancellationToken cancellationToken)
    {
        var id = key[(key.LastIndexOf('|') + 1)..];
        return await tables.GetAsync(Tables.Ledger, part.Partition, id, cancellationToken) is { } stored
            && DeliveryRow.Read(stored) is { State: DeliveryState.Deferred or DeliveryState.Unknown, Until: { } until } row
                && part.RetryKey(until, id) == key
                ? row : null;
    }
}
