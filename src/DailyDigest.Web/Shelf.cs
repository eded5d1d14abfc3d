using System.Collections.Concurrent;

namespace DailyDigest.Web;

/// <summary>
/// What was made once and is good for a while, in this process only: at most <paramref name="most"/> things, the oldest leave first. One at a
/// time is made, so that many who ask for the same thing wait for one making. Nothing that was not made (null, an error) is kept.
/// </summary>
/// <param name="most">At least 1.</param>
/// <param name="time">The clock that ages are told by.</param>
public sealed class Shelf<TKey, TValue>(int most, TimeProvider time) : IDisposable where TKey : notnull where TValue : class
{
    private sealed record Thing(TValue Value, DateTimeOffset Made);

    private readonly ConcurrentDictionary<TKey, Thing> things = new();
    private readonly SemaphoreSlim making = new(1, 1);

    /// <summary>How many things are kept.</summary>
    public int Count => things.Count;

    /// <summary>Returns the thing, made now if there is none that is younger than <paramref name="age"/>; null if <paramref name="make"/> returns null.</summary>
    public async Task<TValue?> GetAsync(TKey key, TimeSpan age, Func<CancellationToken, Task<TValue?>> make, CancellationToken cancellationToken)
    {
        if (TryGet(key, age, out var kept))
        {
            return kept;
        }

        await making.WaitAsync(cancellationToken);
        try
        {
            if (TryGet(key, age, out kept))
            {
                return kept;
            }

            if (await make(cancellationToken) is not { } made)
            {
                return null;
            }

            return Put(key, made);
        }
        finally
        {
            making.Release();
        }
    }

    /// <summary>Keeps the thing and returns it.</summary>
    public TValue Put(TKey key, TValue value)
    {
        while (things.Count >= most && !things.ContainsKey(key))
        {
            things.TryRemove(things.MinBy(pair => pair.Value.Made).Key, out _);
        }

        things[key] = new Thing(value, time.GetUtcNow());
        return value;
    }

    /// <summary>Returns what is kept and still good.</summary>
    public bool TryGet(TKey key, TimeSpan age, out TValue? value)
    {
        value = things.TryGetValue(key, out var thing) && time.GetUtcNow() - thing.Made is var old && old < age && old >= TimeSpan.Zero ? thing.Value : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public void Dispose() => making.Dispose();
}
