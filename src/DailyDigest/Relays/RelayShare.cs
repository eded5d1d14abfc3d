namespace DailyDigest.Relays;

/// <summary>One machine's share of a relay's connections.</summary>
/// <param name="Holder">The machine's name for as long as it runs.</param>
/// <param name="Held">Connections that it holds.</param>
/// <param name="Wants">Connections that it could use; if it wants more than it holds, it waits.</param>
/// <param name="Until">When the share expires unless renewed, by the store's clock.</param>
/// <param name="Since">Since when it has held some, or has held none.</param>
internal sealed record RelayShare(string Holder, int Held, int Wants, DateTimeOffset Until, DateTimeOffset Since)
{
    /// <summary>How long a machine may keep its connections while others have none.</summary>
    public static readonly TimeSpan Turn = TimeSpan.FromSeconds(30);

    /// <summary>A waiting machine asks again every two seconds; one that has not asked for this long does not wait any more.</summary>
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A machine's new share, and how many connections it may have open: fewer than it holds until it has closed those for others. While
    /// others wait, no machine keeps more than an equal share. If there are fewer connections than machines, the machine that has held its
    /// connections longest gives them up, and the machine that has waited longest is next.
    /// </summary>
    /// <param name="holder">The machine.</param>
    /// <param name="shares">The shares of all machines, this one's included.</param>
    /// <param name="limit">Connections that the relay allows.</param>
    /// <param name="open">Connections that it has open; they are not taken away.</param>
    /// <param name="wanted">Connections that it could use.</param>
    /// <param name="now">The store's time.</param>
    public static (RelayShare Share, int Target) Lease(
        string holder, IReadOnlyList<RelayShare> shares, int limit, int open, int wanted, DateTimeOffset now)
    {
        var mine = shares.FirstOrDefault(share => share.Holder == holder);
        var others = shares.Where(share => share.Holder != holder).ToList();
        var waiting = others.Where(share => share.Held == 0 && share.Wants > 0 && share.Until > now + RelayLedger.Lease - Silent).ToList();
        var free = (int)Math.Max(0, limit - others.Sum(share => (long)share.Held));
        var holds = mine is { Held: > 0 };
        var gives = holds && now - mine!.Since >= Turn && others.Count(share => share.Held > 0 && IsBefore(share, mine)) < waiting.Count;
        var ahead = holds ? 0 : waiting.Count(share => mine is null || IsBefore(share, mine));
        var held = gives ? Math.Min(open, free) : Math.Min(Math.Max(open, wanted), holds ? free : Math.Max(0, free - ahead));
        var target = gives ? 0 : held;
        if (others.Any(share => share.Wants > share.Held))
        {
            target = Math.Min(target, (limit + others.Count) / (others.Count + 1));
            held = Math.Min(held, Math.Max(open, target));
        }

        var since = mine is not null && holds == held > 0 ? mine.Since : now;
        return (new RelayShare(holder, held, wanted, now + RelayLedger.Lease, since), target);
    }

    private static bool IsBefore(RelayShare one, RelayShare other) =>
        one.Since != other.Since ? one.Since < other.Since : string.CompareOrdinal(one.Holder, other.Holder) < 0;
}
