using System.Collections.Concurrent;

namespace DailyDigest.Web;

/// <summary>
/// Values that are made once and valid for a while, in this process only. It keeps at most <paramref name="maxEntries"/>; the oldest is
/// evicted first. Concurrent requests for one key wait for one build. Requests for other keys wait only while <paramref name="maxBuilds"/>
/// builds run. A build that returns null or throws is not cached.
/// </summary>
/// <param name="maxEntries">Maximum number of entries, at least 1.</param>
/// <param name="time">The clock that measures ages.</param>
/// <param name="maxBuilds">Maximum number of concurrent builds, at least 1.</param>
internal sealed class PageCache<TKey, TValue>(int maxEntries, TimeProvider time, int maxBuilds) : IDisposable
    where TKey : notnull
    where TValue : class
{
    private readonly ConcurrentDictionary<TKey, Entry> entries = new();
    private readonly Dictionary<TKey, KeyLock> locks = [];
    private readonly SemaphoreSlim builds = new(maxBuilds, maxBuilds);

    private sealed record Entry(TValue Value, DateTimeOffset Built);

    /// <summary>Number of entries.</summary>
    public int Count => entries.Count;

    /// <summary>
    /// Returns the value. It is built now if no entry is younger than <paramref name="maxAge"/>. Null if <paramref name="build"/> returns
    /// null.
    /// </summary>
    public async Task<TValue?> GetAsync(
        TKey key, TimeSpan maxAge, Func<CancellationToken, Task<TValue?>> build, CancellationToken cancellationToken)
    {
        if (TryGet(key, maxAge, out var cached))
        {
            return cached;
        }

        var keyLock = Enter(key);
        try
        {
            await keyLock.Semaphore.WaitAsync(cancellationToken);
            try
            {
                return TryGet(key, maxAge, out cached) ? cached : await BuildAsync(key, build, cancellationToken);
            }
            finally
            {
                keyLock.Semaphore.Release();
            }
        }
        finally
        {
            Leave(key, keyLock);
        }
    }

    /// <summary>Stores the value and returns it.</summary>
    public TValue Put(TKey key, TValue value)
    {
        while (entries.Count >= maxEntries && !entries.ContainsKey(key))
        {
            entries.TryRemove(entries.MinBy(pair => pair.Value.Built).Key, out _);
        }

        entries[key] = new Entry(value, time.GetUtcNow());
        return value;
    }

    /// <summary>Returns the cached value if it is younger than <paramref name="maxAge"/>.</summary>
    public bool TryGet(TKey key, TimeSpan maxAge, out TValue? value)
    {
        value = entries.TryGetValue(key, out var entry) && time.GetUtcNow() - entry.Built is var age && age < maxAge && age >= TimeSpan.Zero
            ? entry.Value
            : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public void Dispose() => builds.Dispose();

    private async Task<TValue?> BuildAsync(TKey key, Func<CancellationToken, Task<TValue?>> build, CancellationToken cancellationToken)
    {
        await builds.WaitAsync(cancellationToken);
        try
        {
            return await build(cancellationToken) is { } built ? Put(key, built) : null;
        }
        finally
        {
            builds.Release();
        }
    }

    // One lock for each key that is being requested; the last request removes it.
    private KeyLock Enter(TKey key)
    {
        lock (locks)
        {
            if (!locks.TryGetValue(key, out var keyLock))
            {
                locks[key] = keyLock = new KeyLock();
            }

            keyLock.Users++;
            return keyLock;
        }
    }

    private void Leave(TKey key, KeyLock keyLock)
    {
        lock (locks)
        {
            if (--keyLock.Users == 0)
            {
                locks.Remove(key);
                keyLock.Semaphore.Dispose();
            }
        }
    }

    private sealed class KeyLock
    {
        public SemaphoreSlim Semaphore { get; } = new(1, 1);

        public int Users { get; set; }
    }
}
