using System.Security.Cryptography;
using System.Text;
using DailyDigest.Storage;

namespace DailyDigest.Relays;

/// <summary>
/// The row that machines share for one relay, changed by compare-and-swap, and the store's time. The store is asked for its time every ten
/// minutes; in between this machine's monotonic clock is added.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose wait handle is never used holds no resource, and callers may still wait on it.
internal sealed class RelayRow(ITableStore tables, string relay, TimeSpan grant, TimeProvider time)
#pragma warning restore CA1001
{
    private const int MaxTries = 50;

    /// <summary>From this try on, a machine that loses waits a random moment; otherwise the same machines would win each time.</summary>
    private const int Patient = 10;
    private static readonly TimeSpan Anchored = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(1);

    private readonly string partition = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(relay)).AsSpan(0, 16));
    private readonly SemaphoreSlim turn = new(1);
    private volatile Anchor? anchor;

    /// <summary>The store's time; null before the first request.</summary>
    public DateTimeOffset? Now => anchor is { } known ? known.Store + time.GetElapsedTime(known.Here) : null;

    /// <summary>
    /// Reads the row, changes it and writes it; repeats that if another machine was faster. Returns the store's time. The change may be
    /// computed several times; if it returns its argument, nothing is written.
    /// </summary>
    /// <exception cref="StorageException">The store failed: the change may have been written or not.</exception>
    public async Task<DateTimeOffset> ChangeAsync(
        Func<RelayLedger, DateTimeOffset, RelayLedger> change, CancellationToken cancellationToken)
    {
        // One after another, so that this machine does not compete with itself.
        await turn.WaitAsync(cancellationToken);
        try
        {
            for (var tries = 0; tries < MaxTries; tries++)
            {
                var now = await NowAsync(cancellationToken);
                var row = await tables.GetAsync(Tables.Relays, partition, RelayLedger.Key, cancellationToken);
                if (row?.Timestamp > now + Skew)
                {
                    // Our clock stood still while others went on: this machine was suspended.
                    now = row.Timestamp.Value;
                    anchor = new Anchor(now, time.GetTimestamp());
                }

                var ledger = RelayLedger.Read(row, now, grant);
                var changed = change(ledger, now);
                if (ReferenceEquals(ledger, changed)
                    || (await tables.WriteAsync(Tables.Relays, partition, changed.ToWrite(), cancellationToken)).IsDone)
                {
                    return now;
                }

                if (tries >= Patient)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 5 * tries)), time, cancellationToken);
                }
            }

            throw new StorageException("The row of a relay's limits is replaced by others again and again.");
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken)
    {
        if (anchor is not { } known || time.GetElapsedTime(known.Here) > Anchored)
        {
            var store = await StoreClock.NowAsync(tables, Tables.Relays, partition, cancellationToken);
            anchor = known = new Anchor(store, time.GetTimestamp());
        }

        return known.Store + time.GetElapsedTime(known.Here);
    }

    private sealed record Anchor(DateTimeOffset Store, long Here);
}
