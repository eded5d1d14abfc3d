using DailyDigest.Sending;

namespace DailyDigest.Relays;

/// <summary>The answer to a machine that wants to begin a message.</summary>
public enum GrantAnswer
{
    /// <summary>A message may begin, perhaps after a wait.</summary>
    Taken,

    /// <summary>No granted message is left.</summary>
    Ask,

    /// <summary>The day's messages are used up.</summary>
    DayIsOver,

    /// <summary>The messages of the last hour are used up, but for those that are kept for service mails.</summary>
    HourIsOver,
}

/// <summary>The messages granted to one machine and not begun yet. Not thread-safe: its owner locks.</summary>
internal sealed class RelayGrants(RelayLimits limits)
{
    private const int MaxOfADay = 500;

    /// <summary>Seconds for which a grant is made.</summary>
    private const double Seconds = 3;

    /// <summary>A message may begin this much late. After that its place is lost, or saved places would be used all at once.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    /// <summary>A message may begin this much early, because a timer cannot wait for less than a few milliseconds.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(20);

    /// <summary>How long "used up" is valid: another machine may return messages that it did not use.</summary>
    private static readonly TimeSpan UsedUpMaxAge = TimeSpan.FromMinutes(1);

    private readonly int size = (int)Math.Clamp(limits.PerSecond * Seconds, 1, 10_000);
    private readonly HourGrants hour = new(
        limits.PerHour, limits.PerSecond > 0 ? (int)Math.Clamp(limits.PerSecond * Seconds, 1, MaxOfADay) : MaxOfADay);

    private readonly Queue<(DateTimeOffset Start, int Count)> places = new();
    private int next;
    private int left;
    private DateTimeOffset? usedUp;

    /// <summary>The UTC day whose messages are granted.</summary>
    public DateOnly Day { get; private set; }

    /// <summary>How long one grant lasts.</summary>
    public TimeSpan Span => limits.PerSecond > 0 ? TimeSpan.FromSeconds(size / limits.PerSecond) : TimeSpan.FromSeconds(Seconds);

    /// <summary>True if more should be requested, before a sender has to wait.</summary>
    public bool RunsLow =>
        limits.PerSecond > 0 && size >= 4 && places.Count <= 1 && (places.Count == 0 ? 0 : places.Peek().Count - next) <= size / 3;

    private double Interval => 1 / limits.PerSecond;

    /// <summary>Takes one message; the wait is until it may begin.</summary>
    public (GrantAnswer Answer, TimeSpan Wait) Take(DateTimeOffset now, bool isService)
    {
        if (hour.Look(now, isService) is not GrantAnswer.Taken and var ofHour)
        {
            return (ofHour, default);
        }

        var (answer, wait) = Take(now);
        if (answer == GrantAnswer.Taken)
        {
            hour.Take();
        }

        return (answer, wait);
    }

    /// <summary>Returns a message that was not begun: its place in time is lost, its places in the hour and the day are kept.</summary>
    public void GiveBack()
    {
        left += limits.PerDay > 0 ? 1 : 0;
        hour.GiveBack();
    }

    /// <summary>Removes and returns the day's messages that are granted and not begun.</summary>
    public int TakeUnused()
    {
        var unused = left;
        left = 0;
        return unused;
    }

    /// <summary>The shared row after the missing messages are taken from it, and the change to make here once it is written.</summary>
    public (RelayLedger Ledger, Action<DateTimeOffset> Keep) Grant(RelayLedger ledger, DateTimeOffset now)
    {
        (ledger, var hasHour, var keepHour) = hour.Grant(ledger, now);
        var day = 0;
        var isOver = false;
        var today = ledger.Day;
        if (limits.PerDay > 0 && (Day < today || left == 0))
        {
            // Small grants towards the end, so that no machine keeps the day's last messages.
            var free = limits.PerDay - ledger.Used;
            day = (int)Math.Clamp(free / 32, free > 0 ? 1 : 0, MaxOfADay);
            isOver = free <= 0;
            ledger = day > 0 ? ledger with { Used = ledger.Used + day } : ledger;
        }

        var start = ledger.Granted > now ? ledger.Granted : now;
        var count = limits.PerSecond > 0 && !isOver && hasHour && (places.Count == 0 || RunsLow) ? size : 0;
        if (count > 0)
        {
            ledger = ledger with { Granted = start + TimeSpan.FromSeconds(count * Interval) };
        }

        return (ledger, at =>
        {
            keepHour(at);
            usedUp = isOver ? at : null;
            if (day > 0)
            {
                (left, Day) = (Day == today ? left + day : day, today);
            }

            if (count > 0)
            {
                places.Enqueue((start, count));
            }
        }
        );
    }

    private (GrantAnswer Answer, TimeSpan Wait) Take(DateTimeOffset now)
    {
        if (limits.PerDay > 0 && (Day < Today(now) || left == 0))
        {
            return usedUp is { } at && now - at < UsedUpMaxAge && Today(at) == Today(now)
                ? (GrantAnswer.DayIsOver, default)
                : (GrantAnswer.Ask, default);
        }

        if (limits.PerSecond > 0)
        {
            if (Place(now) is not { } place)
            {
                return (GrantAnswer.Ask, default);
            }

            left -= limits.PerDay > 0 ? 1 : 0;
            return (GrantAnswer.Taken, place - now > Early ? place - now : TimeSpan.Zero);
        }

        left--;
        return (GrantAnswer.Taken, default);
    }

    private DateTimeOffset? Place(DateTimeOffset now)
    {
        while (places.TryPeek(out var first))
        {
            var missed = (int)Math.Clamp(Math.Ceiling((now - Late - first.Start).TotalSeconds / Interval), 0, first.Count);
            next = Math.Max(next, missed);
            if (next < first.Count)
            {
                var place = first.Start + TimeSpan.FromSeconds(next++ * Interval);
                if (next == first.Count)
                {
                    places.Dequeue();
                    next = 0;
                }

                return place;
            }

            places.Dequeue();
            next = 0;
        }

        return null;
    }

    private static DateOnly Today(DateTimeOffset now) => DateOnly.FromDateTime(now.UtcDateTime);
}
