using System.Globalization;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// How many sign-ups there may be in any hour, from one network and in all, on all machines together. Table Budgets: partition = UTC hour, row = whose
/// budget, replaced by compare-and-swap. A row keeps its hour's count and that of the hour before, of which the part still counts that the sliding hour
/// covers (as if those had come evenly). Who waits in one process for the same row goes with the others in one write. Who is refused is not counted.
/// A store that fails lets nobody in and closes nothing: the sign-up itself would have failed on it.
/// </summary>
public sealed class SignUpBudget(ITableStore tables, TimeProvider time)
{
    /// <summary>The row of all sign-ups.</summary>
    public const string Everybody = "all";

    // Of sixteen machines that replace one row at once, each round one wins.
    private const int MostTries = 100;
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    // Whose row is being written, and who waits for the next write of it.
    private readonly Dictionary<string, List<TaskCompletionSource<TimeSpan?>>> waiting = new(StringComparer.Ordinal);

    /// <summary>Takes one sign-up from the budget of the key. Returns null, or after how long there is room again: a second to two hours.</summary>
    /// <param name="key">Whose budget: <see cref="Everybody"/>, or a network's keyed hash.</param>
    /// <param name="limit">Sign-ups in any hour; 0 for no limit.</param>
    /// <param name="cancellationToken">Ends the wait; the sign-up may be counted all the same.</param>
    /// <exception cref="StorageException">The store failed; nobody knows whether the sign-up was counted.</exception>
    public async Task<TimeSpan?> TakeAsync(string key, int limit, CancellationToken cancellationToken)
    {
        if (limit == 0)
        {
            return null;
        }

        var place = new TaskCompletionSource<TimeSpan?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = false;
        lock (waiting)
        {
            if (!waiting.TryGetValue(key, out var line))
            {
                waiting[key] = line = [];
                first = true;
            }

            line.Add(place);
        }

        if (first)
        {
            // Not with the caller's token: who goes away must not take the others along.
            _ = ServeAsync(key, limit);
        }

        return await place.Task.WaitAsync(cancellationToken);
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
                // Told to each who waited: what it means is for them to decide.
                round.ForEach(place => place.SetException(exception));
            }
        }
    }

    // Returns how many of those wanted there is room for, and how long the others must wait.
    private async Task<(int Granted, TimeSpan Wait)> GrantAsync(string key, int limit, int wanted)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var now = time.GetUtcNow();
            var row = await tables.GetAsync(Tables.Budgets, Hour(now), key, CancellationToken.None);
            var before = row is not null
                ? Number(row, "before", limit)
                : Number(await tables.GetAsync(Tables.Budgets, Hour(now - Window), key, CancellationToken.None), "count", limit);
            var count = Number(row, "count", limit);
            var passed = (double)(now.Ticks % Window.Ticks) / Window.Ticks;
            var granted = Math.Clamp((int)Math.Floor(limit - count - (before * (1 - passed)) + 1e-9), 0, wanted);
            if (granted == 0)
            {
                return (0, Wait(limit, before, count, passed));
            }

            var next = new TableRow(key) { { "count", count + granted }, { "before", before } };
            var write = row is null ? TableWrite.Insert(next) : TableWrite.Update(next, row.ETag!);
            if ((await tables.WriteAsync(Tables.Budgets, Hour(now), write, CancellationToken.None)).IsDone)
            {
                return (granted, Wait(limit, before, count + granted, passed));
            }
        }

        return (0, TimeSpan.FromSeconds(1));
    }

    // Until the sliding hour holds one less than the limit.
    private static TimeSpan Wait(int limit, int before, int count, double passed)
    {
        var hours = count < limit
            ? 1 - ((double)(limit - 1 - count) / Math.Max(before, 1)) - passed
            : 1 - passed + 1 - ((double)(limit - 1) / count);
        return TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(hours * Window.TotalSeconds), 1, 2 * Window.TotalSeconds));
    }

    // A damaged row counts as none used or all used: in the second case as well there is room again within two hours.
    private static int Number(TableRow? row, string name, int limit) => (int)Math.Clamp(row?.Whole(name) ?? 0, 0, limit);

    private static string Hour(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd-HH", CultureInfo.InvariantCulture);
}
