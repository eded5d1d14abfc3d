using System.Collections.Concurrent;

namespace DailyDigest.Web;

/// <summary>
/// What was made once and is good for a while, in this process only: at most <paramref name="most"/> things, the oldest leave first. Many who ask for
/// the same thing wait for one making; who asks for another waits only where <paramref name="atOnce"/> are being made. Nothing that was not made (null, an
/// error) is kept.
/// </summary>
/// <param name="most">At least 1.</param>
/// <param name="time">The clock that ages are told by.</param>
/// <param name="atOnce">Most things that are made at a time, at least 1.</param>
public sealed class Shelf<TKey, TValue>(int most, TimeProvider time, int atOnce) : IDisposable where TKey : notnull where TValue : class
{
    private sealed record Thing(TValue Value, DateTimeOffset Made);

    private readonly ConcurrentDictionary<TKey, Thing> things = new();
    private readonly Dictionary<TKey, Turn> turns = [];
    private readonly SemaphoreSlim making = new(atOnce, atOnce);

    /// <summary>How many things are kept.</summary>
    public int Count => things.Count;

    /// <summary>Returns the thing, made now if there is none that is younger than <paramref name="age"/>; null if <paramref name="make"/> returns null.</summary>
    public async Task<TValue?> GetAsync(TKey key, TimeSpan age, Func<CancellationToken, Task<TValue?>> make, CancellationToken cancellationToken)
    {
        if (TryGet(key, age, out var kept))
        {
            return kept;
        }

        var turn = Enter(key);
        try
        {
            await turn.One.WaitAsync(cancellationToken);
            try
            {
                return TryGet(key, age, out kept) ? kept : await MakeAsync(key, make, cancellationToken);
            }
            finally
            {
                turn.One.Release();
            }
        }
        finally
        {
            Leave(key, turn);
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

    private async Task<TValue?> MakeAsync(TKey key, Func<CancellationToken, Task<TValue?>> make, CancellationToken cancellationToken)
    {
        await making.WaitAsync(cancellationToken);
        try
        {
            return await make(cancellationToken) is { } made ? Put(key, made) : null;
        }
        finally
        {
            making.Release();
        }
    }

    // There are as many turns as keys that are being asked for.
    private Turn Enter(TKey key)
    {
        lock (turns)
        {
            if (!turns.TryGetValue(key, out var turn))
            {
                turns[key] = turn = new Turn();
            }

            turn.Askers++;
            return turn;
        }
    }

    private void Leave(TKey key, Turn turn)
    {
        lock (turns)
        {
            if (--turn.Askers == 0)
            {
                turns.Remove(key);
                turn.One.Dispose();
            }
        }
    }

    private sealed class Turn
    {
        public SemaphoreSlim One { get; } = new(1, 1);

        public int Askers { get; set; }
    }
}
