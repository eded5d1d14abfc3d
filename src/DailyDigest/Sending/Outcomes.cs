using System.Globalization;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Sending;

/// <summary>Computes the state of a delivery after an attempt, and the rows to write.</summary>
internal static class Outcomes
{
    /// <summary>How often a process may end in the middle of a message before the message is held.</summary>
    public const int MaxCrashes = 10;

    /// <summary>How often a connection may break after a message may have left before the message is held.</summary>
    public const int MaxBreaks = 2;

    private static readonly int[] BackOffMinutes = [1, 5, 15, 60];

    // A program that crashes again and again must not do so over the same few messages each time: other messages go first.
    private static readonly int[] CrashBackOffSeconds = [0, 5, 15, 30, 60];

    /// <summary>The delivery after the relay's answer; null means that the attempt was not begun because the worker stops.</summary>
    public static DeliveryRow After(
        DeliveryRow attempt, SendResult? result, DateTimeOffset now, DateTimeOffset deadline, InDoubtPolicy policy) => result switch
        {
            null => NotBegun(attempt, attempt.Reply, now),
            { Outcome: SendOutcome.Sent } => Settled(attempt with { Copies = attempt.Copies + 1 }, DeliveryState.Sent, result, now),
            { Outcome: SendOutcome.Rejected } => Settled(attempt, DeliveryState.Rejected, result, now),

            // The relay limits our rate. That is not the reader's fault, and no attempt is counted.
            { Outcome: SendOutcome.Deferred, Begun: false } => NotBegun(
                attempt, result.Reply, now, Sooner(now + BackOff(0, attempt.SubscriberId), deadline)),
            { Outcome: SendOutcome.Deferred } => Again(attempt, result.Reply, now, Sooner(now + BackOff(attempt), deadline)),

            // It may be about the reader after all: a reader who is refused repeatedly must not be tried first each time.
            { Outcome: SendOutcome.RelayRefused, AtRecipient: true } =>
                Again(attempt, result.Reply, now, Sooner(now + BackOff(attempt), deadline)),

            // It says nothing about the reader: the part waits, and then the reader is served at once.
            { Outcome: SendOutcome.RelayRefused } => NotBegun(attempt, result.Reply, now),
            _ => InDoubt(
                attempt with { Breaks = attempt.Breaks + 1, Copies = attempt.Copies + 1, Reply = Short(result.Reply) }, Sooner(
                    now + BackOff(0, attempt.SubscriberId), deadline), now, policy),
        };

    /// <summary>A delivery that a process left in "attempting" when it ended.</summary>
    public static DeliveryRow AfterCrash(DeliveryRow attempt, DateTimeOffset now, InDoubtPolicy policy) =>
        InDoubt(
            attempt with { Crashes = attempt.Crashes + 1, Copies = attempt.Copies + 1 },
            now.AddSeconds(CrashBackOffSeconds[Math.Clamp(attempt.Crashes, 0, CrashBackOffSeconds.Length - 1)]),
            now,
            policy);

    /// <summary>The rows to write: the delivery, and for a retry the index row by which it is found.</summary>
    public static IEnumerable<TableWrite> Rows(Part part, DeliveryRow row)
    {
        yield return TableWrite.Upsert(row.ToRow());
        if (row.Until is { } until)
        {
            yield return TableWrite.Upsert(new TableRow(part.RetryKey(until, row.SubscriberId)));
        }
    }

    /// <summary>1, 5, 15, 60 minutes and 60 from then on, plus or minus up to 10 % so that retries do not come all at once.</summary>
    public static TimeSpan BackOff(int earlier, string id)
    {
        var minutes = BackOffMinutes[Math.Clamp(earlier, 0, BackOffMinutes.Length - 1)];
        _ = ushort.TryParse(id.AsSpan(Math.Max(0, id.Length - 4)), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var spread);
        var share = (spread % 2001 / 10_000.0) - 0.1;
        return TimeSpan.FromMinutes(minutes * (1 + share));
    }

    private static TimeSpan BackOff(DeliveryRow attempt) => BackOff(attempt.Attempts - 1, attempt.SubscriberId);

    private static DateTimeOffset Sooner(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DeliveryRow Settled(DeliveryRow row, DeliveryState state, SendResult result, DateTimeOffset now) =>
        row with { State = state, Reply = Short(result.Reply), Reason = result.Reason, At = now, Until = null };

    private static DeliveryRow NotBegun(DeliveryRow attempt, string? reply, DateTimeOffset now, DateTimeOffset? until = null) =>
        Again(attempt with { Attempts = attempt.Attempts - 1 }, reply, now, until ?? now);

    /// <summary>
    /// A delivery that was in doubt once stays in doubt, whatever a later attempt met: at the deadline it is held, not expired.
    /// </summary>
    private static DeliveryRow Again(DeliveryRow row, string? reply, DateTimeOffset now, DateTimeOffset until) => row with
    {
        State = row.Breaks + row.Crashes > 0 ? DeliveryState.Unknown : DeliveryState.Deferred,
        Reply = Short(reply),
        At = now,
        Until = until,
    };

    /// <summary>A relay's reply is hostile, and a row has limits.</summary>
    private static string? Short(string? reply) =>
        reply is { Length: > RefusalReasons.MaxReplyLength } ? reply[..RefusalReasons.MaxReplyLength] : reply;

    private static DeliveryRow InDoubt(DeliveryRow row, DateTimeOffset until, DateTimeOffset now, InDoubtPolicy policy) => policy switch
    {
        InDoubtPolicy.Hold => row with { State = DeliveryState.Held, Reason = "in doubt", At = now, Until = null },
        _ when row.Breaks >= MaxBreaks || row.Crashes > MaxCrashes =>
            row with { State = DeliveryState.Held, Reason = "in doubt more than once", At = now, Until = null },
        _ => row with { State = DeliveryState.Unknown, At = now, Until = until },
    };
}
