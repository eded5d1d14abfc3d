using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// Limits sign-ups per hour, of one network and of all, for all machines together. Table Budgets: partition = UTC hour, row = network or
/// all, changed by compare-and-swap. A row has the count of its hour and of the hour before. The hour before counts in proportion to the
/// part that the last 60 minutes still cover. Concurrent callers in one process share one write per row. A refused sign-up is not counted.
/// </summary>
public sealed class SignUpBudget(ITableStore tables, TimeProvider time)
{
    /// <summary>The row of all sign-ups.</summary>
    public const string AllSignUps = "all";

    // One writer wins each round, so 16 machines with one row stay far below this limit.
    private const int MaxTries = 100;
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    // By row that is being written: the callers who wait for its next write.
    private readonly Dictionary<string, List<TaskCompletionSource<TimeSpan?>>> waiting = new(StringComparer.Ordinal);

    /// <summary>
    /// Takes one sign-up from the budget. Returns null, or the time after which a retry can succeed: 1 second to 2 hours.
    /// </summary>
    /// <param name="key"><see cref="AllSignUps"/>, or a network's keyed hash.</param>
    /// <param name="limit">Sign-ups per hour; 0 for no limit.</param>
    /// <param name="cancellationToken">Cancels the wait; the sign-up may still be counted.</param>
    /// <exception cref="StorageException">The store failed; the sign-up may be counted or not.</exception>
    public async Task<TimeSpan?> TakeAsync(string key, int limit, CancellationToken cancellationToken)
    {
        if (limit == 0)
        {
            return null;
        }

        var caller = new TaskCompletionSource<TimeSpan?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = false;
        lock (waiting)
        {
            if (!waiting.TryGetValue(key, out var callers))
            {
                waiting[key] = callers = [];
                first = true;
            }

            callers.Add(caller);
        }

        if (first)
        {
            // Without the caller's token: its cancellation must not cancel the other callers.
            _ = ServeAsync(key, limit);
        }

        return await caller.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The sign-ups of the last 60 minutes in the row, at most the limit. Takes nothing.</summary>
    /// <exception cref="StorageException">The store failed.</exception>
    internal async Task<double> UsedAsync(string key, int limit, CancellationToken cancellationToken)
    {
        var (_, before, count, passed) = await ReadAsync(key, limit, time.GetUtcNow(), cancellationToken).WaitAsync(cancellationToken);
        return count + (before * (1 - passed));
    }

    private async Task ServeAsync(string key, int limit)
    {
        while (true)
        {
            List<TaskCompletionSource<TimeSpan?>> round;
            lock (waiting)
            {
                round = waiting[key];
                if (round.Count == 0)
                {
                    waiting.Remove(key);
                    return;
                }

                waiting[key] = [];
            }

            try
            {
                var (granted, wait) = await GrantAsync(key, limit, round.Count);
                for (var index = 0; index < round.Count; index++)
                {
                    round[index].SetResult(index < granted ? null : wait);
                }
            }
            catch (Exception exception)
            {
                // Pass the exception to every caller: each decides.
                round.ForEach(caller => caller.SetException(exception));
            }
        }
    }

    // Returns how many of the wanted sign-ups fit the limit, and how long the others must wait.
    private async Task<(int Granted, TimeSpan Wait)> GrantAsync(string key, int limit, int wanted)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var now = time.GetUtcNow();
            var (row, before, count, passed) = await ReadAsync(key, limit, now, CancellationToken.None);
            var granted = Math.Clamp((int)Math.Floor(limit - count - (before * (1 - passed)) + 1e-9), 0, wanted);
            if (granted == 0)
            {
                return (0, Wait(limit, before, count, passed));
            }

            var next = new TableRow(key) { { "count", count + granted }, { "before", before } };
            var write = row is null ? TableWrite.Insert(next) : TableWrite.Update(next, row.ETag!);
            if ((await tables.WriteAsync(Tables.Budgets, LocalDates.UtcHourText(now), write, CancellationToken.None)).IsDone)
            {
                return (granted, Wait(limit, before, count + granted, passed));
            }
        }

        return (0, TimeSpan.FromSeconds(1));
    }

    private async Task<(TableRow? Row, int Before, int Count, double Passed)> ReadAsync(
        string key, int limit, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = await tables.GetAsync(Tables.Budgets, LocalDates.UtcHourText(now), key, cancellationToken);
        var hourBefore = LocalDates.UtcHourText(now - Window);
        var before = row is not null
            ? Number(row, "before", limit)
            : Number(await tables.GetAsync(Tables.Budgets, hourBefore, key, cancellationToken), "count", limit);
        return (row, before, Number(row, "count", limit), (double)(now.Ticks % Window.Ticks) / Window.Ticks);
    }

    // The time until the count of the last 60 minutes is one below the limit.
    private static TimeSpan Wait(int limit, int before, int count, double passed)
    {
        var hours = count < limit
            ? 1 - ((double)(limit - 1 - count) / Math.Max(before, 1)) - passed
            : 1 - passed + 1 - ((double)(limit - 1) / count);
        return TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(hours * Window.TotalSeconds), 1, 2 * Window.TotalSeconds));
    }

    // A damaged count is clamped to 0 or the limit: even at the limit a retry succeeds within 2 hours.
    private static int Number(TableRow? row, string name, int limit) => (int)Math.Clamp(row?.Whole(name) ?? 0, 0, limit);
}
