using System.Text.RegularExpressions;
using DailyDigest.Runs;

namespace DailyDigest.Mail.Smtp;

/// <summary>What a reply to a message says about the relay.</summary>
internal enum Pressure
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It wants to be left in peace a little, or has something against this message; who knows.</summary>
    Perhaps,

    /// <summary>It wants to be left in peace; it is not about the message.</summary>
    Certain,
}

/// <summary>
/// How one relay is to be treated: left alone for a while when it cannot be used, and used more slowly when it says that we are too much.
/// Not safe for several threads: the pool locks. Instants are timestamps of the clock.
/// </summary>
internal sealed partial class RelayHealth(TimeProvider time)
{
    private const int MostStrikes = 5;
    private const int StepsUp = 20;
    private static readonly TimeSpan[] Alone = [.. new[] { 1, 2, 4, 8, 15 }.Select(minutes => TimeSpan.FromMinutes(minutes))];

    private long? signal;
    private TimeSpan alone;
    private TimeSpan pause;
    private int strikes;
    private int before;
    private int good;

    /// <summary>The most connections that are to work at once; no limit as long as the relay does not complain.</summary>
    public int Limit { get; private set; } = int.MaxValue;

    /// <summary>How often in a row it could not be used; 0 since a message was taken or judged.</summary>
    public int Failures { get; private set; }

    /// <summary>What it said when it was last left alone.</summary>
    public string Reply { get; private set; } = "";

    /// <summary>True while it is left alone.</summary>
    public bool IsAlone => signal is { } at && alone > TimeSpan.Zero && time.GetElapsedTime(at) < alone;

    /// <summary>How long nothing is to begin; zero or less for not at all.</summary>
    public TimeSpan Pause => signal is { } at && pause > TimeSpan.Zero ? pause - time.GetElapsedTime(at) : TimeSpan.Zero;

    /// <summary>
    /// It could not be used by an attempt that began at <paramref name="began"/>: it is left alone for a minute, then 2, 4, 8 and 15. Returns for how
    /// long; null if that is known already.
    /// </summary>
    public TimeSpan? Refused(string reply, long began)
    {
        if (IsAlone || (signal is { } at && alone > TimeSpan.Zero && began < at))
        {
            return null;
        }

        Reply = reply;
        alone = Alone[Math.Min(Failures++, Alone.Length - 1)];
        (signal, pause, Limit, before, good) = (time.GetTimestamp(), TimeSpan.Zero, int.MaxValue, 0, 0);
        return alone;
    }

    /// <summary>
    /// It said that we are too much: half the connections work on, after a pause of 1, 2, 4 or 8 seconds. Five times in a row, with no message
    /// taken in between, and it is left alone. Several that were on the wire together count once. Returns the pause; null if nothing changed.
    /// </summary>
    /// <param name="reply">What it said.</param>
    /// <param name="open">The connections that are open, the one that was told included.</param>
    /// <param name="began">When the message or connection that was told had begun.</param>
    public TimeSpan? Slow(string reply, int open, long began)
    {
        if (IsAlone || (signal is { } at && began < at))
        {
            return null;
        }

        if (++strikes >= MostStrikes)
        {
            // After its rest one more complaint is enough.
            strikes = MostStrikes - 1;
            return Refused(reply, began);
        }

        before = Math.Max(before, Math.Min(open, Limit));
        Limit = Math.Max(1, Math.Min(open, Limit) / 2);
        (signal, alone, pause, good) = (time.GetTimestamp(), TimeSpan.Zero, TimeSpan.FromSeconds(1 << (strikes - 1)), 0);
        return pause;
    }

    /// <summary>A message was taken, or refused for its own sake. Returns true when with it the relay works as it did before.</summary>
    public bool Worked()
    {
        (strikes, Failures) = (0, 0);
        if (Limit == int.MaxValue || ++good < StepsUp * Limit)
        {
            return false;
        }

        (Limit, good) = (Limit + 1, 0);
        if (Limit < before)
        {
            return false;
        }

        (Limit, before) = (int.MaxValue, 0);
        return true;
    }

    /// <summary>What the answer to a message says about the relay.</summary>
    public static Pressure Of(SendResult result)
    {
        if (result.Outcome != SendOutcome.Deferred)
        {
            return Pressure.None;
        }

        if (result.Reply.StartsWith("421", StringComparison.Ordinal))
        {
            return Pressure.Certain;
        }

        // "4.2.1 receives mail too quickly" and "4.2.2 over quota" are about a mailbox; grey-listing is about a sender and a recipient.
        if (!Later().IsMatch(result.Reply) || Reader().IsMatch(result.Reply))
        {
            return Pressure.None;
        }

        return Rate().IsMatch(result.Reply) ? Pressure.Certain : Policy().IsMatch(result.Reply) ? Pressure.Perhaps : Pressure.None;
    }

    [GeneratedRegex("^45[0124] ", RegexOptions.CultureInvariant)]
    private static partial Regex Later();

    [GeneratedRegex(@"\b4\.[126]\.\d|gr[ae]y-?\s?list", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reader();

    [GeneratedRegex(@"\btoo (?:many|much|fast|quick)|\brate\b|rate.?limit|limit exceeded|exceed\w* .{0,40}(?:limit|rate)|throttl|slow(?:ing)? down", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Rate();

    [GeneratedRegex(@"\b4\.7\.\d", RegexOptions.CultureInvariant)]
    private static partial Regex Policy();
}
