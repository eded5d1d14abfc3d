using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Relays;

/// <summary>
/// The row that machines share for one relay: which machine holds how many connections, until when messages are granted, and how many of
/// the last hour and of the day are used. A stored row is hostile: values out of bounds are read as values that correct themselves within
/// a minute, an hour or a day.
/// </summary>
internal sealed record RelayLedger
{
    /// <summary>The row's key in the relay's partition.</summary>
    public const string Key = "budget";

    /// <summary>How long a share is valid without renewal.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);

    private const int MaxShares = 250;

    /// <summary>Bound for a damaged row: no more machines than this can wait before us.</summary>
    private const int MaxGrants = 100;

    /// <summary>The machines that hold or want connections.</summary>
    public IReadOnlyList<RelayShare> Shares { get; init; } = [];

    /// <summary>Messages are granted up to this instant.</summary>
    public DateTimeOffset Granted { get; init; }

    /// <summary>The UTC day that <see cref="Used"/> counts.</summary>
    public DateOnly Day { get; init; }

    /// <summary>Messages granted on that day.</summary>
    public long Used { get; init; }

    /// <summary>Messages granted in the last hour.</summary>
    public HourUse Hour { get; init; } = new([]);

    /// <summary>Identifies the last release; null if there was none. A release whose reply was lost is recognised by it.</summary>
    public string? Released { get; init; }

    /// <summary>The row's version; null if there is none.</summary>
    public string? ETag { get; init; }

    /// <summary>Reads the row at <paramref name="now"/> (the store's clock), without shares that have expired.</summary>
    /// <param name="row">The row; null if there is none.</param>
    /// <param name="now">The instant.</param>
    /// <param name="grant">How long one grant of messages lasts.</param>
    public static RelayLedger Read(TableRow? row, DateTimeOffset now, TimeSpan grant)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var latest = now + (grant * MaxGrants);
        var granted = row?.Instant("granted") ?? now;

        // A machine whose clock is ahead may have begun tomorrow already.
        var day = row?.Date("day") is { } stored && (stored == today || stored == today.AddDays(1)) ? stored : today;
        return new RelayLedger
        {
            Shares = [.. Parse(row?.Text("shares") ?? "", now)],
            Granted = granted > latest ? now : granted,
            Day = day,
            Used = row?.Date("day") == day ? Math.Max(0, row.Whole("used") ?? 0) : 0,
            Hour = HourUse.Read(row, now),
            Released = row?.Text("released"),
            ETag = row?.ETag,
        };
    }

    /// <summary>The write that replaces the row if it is unchanged.</summary>
    public TableWrite ToWrite()
    {
        var row = new TableRow(Key)
        {
            { "shares", string.Join(';', Shares.Take(MaxShares).Select(Format)) },
            { "granted", Granted },
            { "day", Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) },
            { "used", Used },
            { "minutes", Hour.ToString() },
            { "released", Released },
        };
        return ETag is null ? TableWrite.Insert(row) : TableWrite.Update(row, ETag);
    }

    private static string Format(RelayShare share) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{share.Holder} {share.Held} {share.Wants} {share.Until.ToUnixTimeMilliseconds()} {share.Since.ToUnixTimeMilliseconds()}");

    private static IEnumerable<RelayShare> Parse(string text, DateTimeOffset now)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var one in text.Split(';', StringSplitOptions.RemoveEmptyEntries).Take(MaxShares))
        {
            if (one.Split(' ') is [{ Length: > 0 and <= 64 } holder, var held, var wants, var until, var since]
                && int.TryParse(held, NumberStyles.None, CultureInfo.InvariantCulture, out var has)
                && int.TryParse(wants, NumberStyles.None, CultureInfo.InvariantCulture, out var could)
                && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var end)
                && long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var begun)
                && end > now.ToUnixTimeMilliseconds() && seen.Add(holder))
            {
                // No machine holds anything for longer than a lease, or began in the future.
                var latest = (now + Lease).ToUnixTimeMilliseconds();
                yield return new RelayShare(
                    holder, has, could, DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(end, latest)),
                    DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(begun, now.ToUnixTimeMilliseconds())));
            }
        }
    }
}
