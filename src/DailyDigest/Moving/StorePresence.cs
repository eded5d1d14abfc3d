using DailyDigest.Runs;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Moving;

/// <summary>
/// Tells the store that this process uses it, and learns from the store that it was moved. A row of table Facts is renewed every 30
/// seconds, and the store's mark read after it. A move writes its mark first and then looks for such rows: one of the two sees the other.
/// </summary>
public sealed partial class StorePresence(ITableStore tables, TimeProvider time, ILogger<StorePresence> logger)
    : IAsyncDisposable, IDisposable
{
    /// <summary>The partition of the rows. It is never copied.</summary>
    internal const string Partition = "serving";

    /// <summary>Age by the store's clock after which a process that did not renew its row counts as gone.</summary>
    internal static readonly TimeSpan Expiry = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    // Below the expiry: a process that slept asks before it writes.
    private static readonly TimeSpan MaxUnconfirmed = TimeSpan.FromSeconds(70);
    private static readonly TimeSpan KeepOthers = TimeSpan.FromDays(1);

    private readonly string owner = PartOwner.New();
    private readonly SemaphoreSlim renewing = new(1, 1);
    private ITimer? timer;
    private (long Timestamp, long UtcTicks) confirmed;
    private volatile string? refusal;
    private volatile bool announced;

    /// <summary>Why the store must not be used any more, with advice for an operator; null as long as it may.</summary>
    public string? Refusal => refusal;

    /// <summary>Called once when the store turns out to be moved while this process uses it.</summary>
    public Action? OnRefused { get; set; }

    /// <summary>
    /// Announces this process until it is disposed of. A store that takes no writes is no reason to fail: others report it.
    /// </summary>
    /// <exception cref="StorageException">The store was moved, or is being moved.</exception>
    public async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        announced = true;
        try
        {
            await ForgetOthersAsync(cancellationToken);
            await RenewAsync(cancellationToken);
        }
        catch (StorageException) when (refusal is null)
        {
            // The timer tries again.
        }

        timer = time.CreateTimer(_ => _ = BeatAsync(), null, Interval, Interval);
    }

    /// <summary>Returns at once if the last renewal is about a minute old at most by both clocks; otherwise renews first.</summary>
    /// <exception cref="StorageException">The store was moved, or cannot be reached.</exception>
    internal Task ConfirmAsync(CancellationToken cancellationToken)
    {
        if (refusal is { } why)
        {
            throw new StorageException(why) { IsRefusal = true };
        }

        // The machine may have slept: that stops the monotonic clock. Somebody may set the other one.
        var asleep = time.GetUtcNow().UtcTicks - Volatile.Read(ref confirmed.UtcTicks);
        return !announced || (time.GetElapsedTime(Volatile.Read(ref confirmed.Timestamp)) < MaxUnconfirmed
            && Math.Abs(asleep) < MaxUnconfirmed.Ticks) ? Task.CompletedTask : RenewAsync(cancellationToken);
    }

    /// <summary>Writes the row, then reads the mark.</summary>
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        await renewing.WaitAsync(cancellationToken);
        try
        {
            var (timestamp, ticks) = (time.GetTimestamp(), time.GetUtcNow().UtcTicks);
            try
            {
                await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Upsert(new TableRow(owner)), cancellationToken);
            }
            finally
            {
                // A closed file takes no row, and says why.
                await ReadMarkAsync(cancellationToken);
            }

            Volatile.Write(ref confirmed.Timestamp, timestamp);
            Volatile.Write(ref confirmed.UtcTicks, ticks);
        }
        finally
        {
            renewing.Release();
        }
    }

    private async Task ReadMarkAsync(CancellationToken cancellationToken)
    {
        if (refusal is null && await StoreMarks.ReadAsync(tables, cancellationToken) is { Refusal: { } why })
        {
            refusal = why;
            Log.Refused(logger, why);
            OnRefused?.Invoke();
        }

        if (refusal is { } known)
        {
            throw new StorageException(known) { IsRefusal = true };
        }
    }

    private async Task BeatAsync()
    {
        try
        {
            await RenewAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is StorageException or ObjectDisposedException)
        {
            // Reported by what the program does; the next beat tries again.
        }
    }

    /// <summary>Deletes the rows of processes that ended without a word.</summary>
    private async Task ForgetOthersAsync(CancellationToken cancellationToken)
    {
        var old = time.GetUtcNow() - KeepOthers;
        foreach (var row in await tables.QueryAsync(Tables.Facts, Partition, RowRange.All, TableRules.MaxPage, cancellationToken))
        {
            if (PartOwner.IsGone(row.Key) || row.Timestamp < old)
            {
                await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Delete(row.Key), cancellationToken);
            }
        }
    }

    /// <summary>Withdraws the announcement.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!announced)
        {
            return;
        }

        announced = false;
        await (timer?.DisposeAsync() ?? ValueTask.CompletedTask);
        try
        {
            await renewing.WaitAsync();
            await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Delete(owner), CancellationToken.None);
        }
        catch (Exception exception) when (exception is StorageException or ObjectDisposedException)
        {
            // It expires.
        }

        Dispose();
    }

    /// <summary>Ends without a word: the row expires.</summary>
    public void Dispose()
    {
        announced = false;
        timer?.Dispose();
        renewing.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(894, LogLevel.Error, "The store is not used any more, and this program stops: {Why}")]
        public static partial void Refused(ILogger logger, string why);
    }
}
