using System.Text.RegularExpressions;
using DailyDigest.Runs;

namespace DailyDigest.Mail.Smtp;

/// <summary>Whether a reply to a message asks for less load.</summary>
internal enum Backpressure
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The relay wants less, or has something against this message: the reply does not tell.</summary>
    Possible,

    /// <summary>The relay wants less; the reply is not about the message.</summary>
    Certain,
}

/// <summary>A change of a relay's health; the default value is none.</summary>
/// <param name="Wait">How long nothing begins, if it was slowed down or paused; null otherwise.</param>
/// <param name="IsPaused">True if it was paused.</param>
/// <param name="Limit">The most connections that work after the wait.</param>
/// <param name="Recovered">True if it works as before.</param>
internal readonly record struct HealthChange(TimeSpan? Wait = null, bool IsPaused = false, int Limit = 0, bool Recovered = false);

/// <summary>
/// How one relay is to be treated: paused for minutes when it cannot be used, and slowed down when it says that we are too much. Not safe
/// for several threads: <see cref="RelaySlots"/> locks. Instants are timestamps of the clock.
/// </summary>
internal sealed partial class RelayHealth(TimeProvider time)
{
    private const int MaxStrikes = 5;

    /// <summary>Messages that each connection gets through before one more connection is used.</summary>
    private const int MessagesPerStepUp = 20;

    private static readonly TimeSpan[] Pauses = [.. new[] { 1, 2, 4, 8, 15 }.Select(minutes => TimeSpan.FromMinutes(minutes))];

    private long? lastTrouble;
    private TimeSpan pause;
    private TimeSpan delay;
    private int strikes;
    private int limitBefore;
    private int successes;

    /// <summary>The most connections that work at once; no limit as long as the relay does not complain.</summary>
    public int Limit { get; private set; } = int.MaxValue;

    /// <summary>How often in a row the relay could not be used; 0 since a message was taken or judged.</summary>
    public int Failures { get; private set; }

    /// <summary>The reply that led to the last pause.</summary>
    public string Reply { get; private set; } = "";

    /// <summary>True while no connection is opened and no message begun.</summary>
    public bool IsPaused => lastTrouble is { } at && pause > TimeSpan.Zero && time.GetElapsedTime(at) < pause;

    /// <summary>How long nothing begins because the relay was slowed down; zero or less for no delay.</summary>
    public TimeSpan Delay => lastTrouble is { } at && delay > TimeSpan.Zero ? delay - time.GetElapsedTime(at) : TimeSpan.Zero;

    /// <summary>
    /// An attempt that began at <paramref name="began"/> could not use the relay: it is paused for 1 minute, then 2, 4, 8 and 15. Returns
    /// the pause; null if the trouble is known already.
    /// </summary>
    public TimeSpan? Pause(string reply, long began)
    {
        if (IsPaused || (lastTrouble is { } at && pause > TimeSpan.Zero && began < at))
        {
            return null;
        }

        Reply = reply;
        pause = Pauses[Math.Min(Failures++, Pauses.Length - 1)];
        (lastTrouble, delay, Limit, limitBefore, successes) = (time.GetTimestamp(), TimeSpan.Zero, int.MaxValue, 0, 0);
        return pause;
    }

    /// <summary>
    /// The relay asked for less: half the connections work on, after a delay of 1, 2, 4 or 8 seconds. After five complaints in
    /// a row, with no message taken in between, it is paused. Complaints about messages that were sent at the same time count once.
    /// Returns the delay or the pause; null if nothing changed.
    /// </summary>
    /// <param name="reply">The relay's reply.</param>
    /// <param name="open">The connections that are open, this one included.</param>
    /// <param name="began">When the message or connection began.</param>
    public TimeSpan? SlowDown(string reply, int open, long began)
    {
        if (IsPaused || (lastTrouble is { } at && began < at))
        {
            return null;
        }

        if (++strikes >= MaxStrikes)
        {
            // After the pause one more complaint is enough.
            strikes = MaxStrikes - 1;
            return Pause(reply, began);
        }

        limitBefore = Math.Max(limitBefore, Math.Min(open, Limit));
        Limit = Math.Max(1, Math.Min(open, Limit) / 2);
        (lastTrouble, pause, delay, successes) = (time.GetTimestamp(), TimeSpan.Zero, TimeSpan.FromSeconds(1 << (strikes - 1)), 0);
        return delay;
    }

    /// <summary>A message was taken, or refused for its own sake. Returns true when with it the relay works as before.</summary>
    public bool Worked()
    {
        (strikes, Failures) = (0, 0);
        if (Limit == int.MaxValue || ++successes < MessagesPerStepUp * Limit)
        {
            return false;
        }

        (Limit, successes) = (Limit + 1, 0);
        if (Limit < limitBefore)
        {
            return false;
        }

        (Limit, limitBefore) = (int.MaxValue, 0);
        return true;
    }

    /// <summary>True if the relay closes the connection with its answer (RFC 5321, 4.2.2).</summary>
    public static bool IsClosing(SendResult result) =>
        result.Outcome == SendOutcome.Deferred && result.Reply.StartsWith("421", StringComparison.Ordinal);

    /// <summary>Tells whether the answer to a message asks for less load.</summary>
    public static Backpressure Of(SendResult result)
    {
        if (result.Outcome != SendOutcome.Deferred)
        {
            return Backpressure.None;
        }

        if (IsClosing(result))
        {
            return Backpressure.Certain;
        }

        // "4.2.1 receives mail too quickly" and "4.2.2 over quota" are about a mailbox; greylisting is about a sender and a recipient.
        if (!Later().IsMatch(result.Reply) || AboutReader().IsMatch(result.Reply))
        {
            return Backpressure.None;
        }

        return AboutRate().IsMatch(result.Reply) ? Backpressure.Certain
            : AboutPolicy().IsMatch(result.Reply) ? Backpressure.Possible
            : Backpressure.None;
    }

    [GeneratedRegex("^45[0124] ", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Later();

    [GeneratedRegex(
        @"\b4\.[126]\.\d|gr[ae]y-?\s?list", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex AboutReader();

    [GeneratedRegex(
        @"\btoo (?:many|much|fast|quick)"
        + @"|\brate\b"
        + @"|rate.?limit"
        + @"|limit exceeded"
        + @"|exceed\w* .{0,40}(?:limit|rate)"
        + @"|throttl"
        + @"|slow(?:ing)? down",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex AboutRate();

    [GeneratedRegex(@"\b4\.7\.\d", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex AboutPolicy();
}
