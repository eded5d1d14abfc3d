namespace DailyDigest.Relays;

/// <summary>
/// The messages of the hour that are granted to one machine and not begun yet. They are valid in their minute only; so a machine first
/// asks for one, then for twice as many each time, and loses no more than it uses. Not thread-safe: its owner locks.
/// </summary>
/// <param name="limit">Messages an hour, of all machines together; 0 for no limit.</param>
/// <param name="max">The largest grant.</param>
internal sealed class HourGrants(int limit, int max)
{
    /// <summary>How long "used up" is valid: another machine may have asked for more than it used.</summary>
    private static readonly TimeSpan UsedUpMaxAge = TimeSpan.FromSeconds(10);

    /// <summary>Kept for service mails: somebody waits for a confirmation, and a digest may be an hour late.</summary>
    private readonly int reserve = limit > 1 ? Math.Max(1, limit / 10) : 0;
    private long minute;
    private int left;
    private int ofReserve;
    private int size = 1;
    private bool reserveIsAsked;
    private DateTimeOffset? usedUp;
    private DateTimeOffset? reserveUsedUp;

    /// <summary>Whether a message may begin, as far as the hour is concerned. Takes nothing.</summary>
    public GrantAnswer Look(DateTimeOffset now, bool isService)
    {
        if (limit == 0 || (minute == HourUse.MinuteOf(now) && (left > 0 || (isService && ofReserve > 0))))
        {
            return GrantAnswer.Taken;
        }

        if ((isService ? reserveUsedUp : usedUp) is { } at && now - at < UsedUpMaxAge)
        {
            return GrantAnswer.HourIsOver;
        }

        reserveIsAsked |= isService;
        return GrantAnswer.Ask;
    }

    /// <summary>Takes the message that <see cref="Look"/> allowed.</summary>
    public void Take()
    {
        if (left > 0)
        {
            left--;
        }
        else
        {
            ofReserve--;
        }
    }

    /// <summary>Returns a message that was not begun.</summary>
    public void GiveBack() => left += limit > 0 ? 1 : 0;

    /// <summary>
    /// The shared row after missing messages are taken from it, whether a message may begin then, and the change to make here once the
    /// row is written.
    /// </summary>
    public (RelayLedger Ledger, bool HasSome, Action<DateTimeOffset> Keep) Grant(RelayLedger ledger, DateTimeOffset now)
    {
        var current = HourUse.MinuteOf(now);
        var isNew = current != minute;
        if (limit == 0 || (!isNew && left > 0))
        {
            return (ledger, true, _ => { });
        }

        // Small grants towards the end, so that no machine keeps the last ones.
        var free = limit - ledger.Hour.Total;
        var next = isNew ? 1 : size;
        var count = free > reserve ? (int)Math.Clamp(Math.Min(next, (free - reserve) / 4), 1, max) : 0;
        var asked = reserveIsAsked && count == 0 && (isNew || ofReserve == 0);
        var extra = asked && free > 0 ? 1 : 0;
        ledger = count + extra > 0 ? ledger with { Hour = ledger.Hour.With(current, count + extra) } : ledger;
        return (ledger, count + extra > 0 || (!isNew && ofReserve > 0), at =>
        {
            (left, ofReserve) = (isNew ? count : left + count, (isNew ? 0 : ofReserve) + extra);
            (minute, size) = (current, Math.Min(2 * next, max));
            usedUp = count == 0 ? at : null;
            reserveUsedUp = asked && extra == 0 ? at : null;
            reserveIsAsked = false;
        }
        );
    }
}
