using System.Globalization;
using DailyDigest.Storage;

namespace DailyDigest.Relays;

/// <summary>
/// Messages granted in each of the last minutes, so that no hour sees more than the limit, wherever it begins. A stored text is hostile:
/// minutes out of the window and numbers below zero are not read, so a damaged one corrects itself within an hour.
/// </summary>
/// <param name="Minutes">Minutes since 1970, with the messages granted in each; the oldest first, none twice.</param>
internal sealed record HourUse(IReadOnlyList<(long Minute, int Count)> Minutes)
{
    /// <summary>One more than an hour has: a granted message may wait a while for its place in time.</summary>
    private const int Window = 62;

    /// <summary>Messages that are counted in the window of the last hour.</summary>
    public long Total => Minutes.Sum(one => (long)one.Count);

    /// <summary>The minute of an instant.</summary>
    public static long MinuteOf(DateTimeOffset instant) => instant.ToUnixTimeSeconds() / 60;

    /// <summary>Reads the column at <paramref name="now"/>.</summary>
    public static HourUse Read(TableRow? row, DateTimeOffset now)
    {
        var (latest, seen) = (MinuteOf(now), new SortedDictionary<long, int>());
        foreach (var one in (row?.Text("minutes") ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Take(2 * Window))
        {
            // A machine whose clock is ahead may have begun the next minute already.
            if (one.Split(' ') is [var minute, var count]
                && long.TryParse(minute, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
                && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var used)
                && at > latest - Window && at <= latest + 1)
            {
                seen[at] = used;
            }
        }

        return new HourUse([.. seen.Select(one => (one.Key, one.Value))]);
    }

    /// <summary>The use with further messages of a minute.</summary>
    public HourUse With(long minute, int count)
    {
        var before = Minutes.FirstOrDefault(one => one.Minute == minute).Count;
        return new HourUse([.. Minutes.Where(one => one.Minute != minute).Append((minute, before + count)).Order()]);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(';', Minutes.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Minute} {one.Count}")));
}
