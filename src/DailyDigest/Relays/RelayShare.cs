namespace DailyDigest.Relays;

/// <summary>What one machine has of a relay's connections.</summary>
/// <param name="Holder">The machine's name for as long as it runs.</param>
/// <param name="Held">Connections that are its own.</param>
/// <param name="Wants">Connections that it could use; more than it holds means that it waits.</param>
/// <param name="Until">When it is gone unless renewed, by the store's clock.</param>
/// <param name="Since">Since when it has held some, or has had none.</param>
internal sealed record RelayShare(string Holder, int Held, int Wants, DateTimeOffset Until, DateTimeOffset Since)
{
    /// <summary>So long a machine may keep its connections where others have none.</summary>
    public static readonly TimeSpan Turn = TimeSpan.FromSeconds(30);

    /// <summary>Who waits asks again every two seconds: one that has not for so long is not waiting any more.</summary>
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A machine's new share, and how many connections it may have open: fewer than it holds until it has closed those that others are to have. Where others wait
    /// nobody keeps more than an equal part; where there are fewer connections than machines those who have held theirs for longest give them up in turn,
    /// and who has waited longest is next.
    /// </summary>
    /// <param name="holder">The machine.</param>
    /// <param name="shares">Everybody's shares, its own among them if it has one.</param>
    /// <param name="limit">Connections that the relay allows.</param>
    /// <param name="open">Connections that it has open; they are not taken from it.</param>
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
