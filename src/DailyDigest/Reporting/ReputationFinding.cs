using System.Globalization;
using DailyDigest.Calendar;

namespace DailyDigest.Reporting;

/// <summary>The things by which mailbox providers judge a sender.</summary>
public enum ReputationKind
{
    /// <summary>Readers who called a mail spam.</summary>
    Complaints,

    /// <summary>Readers whose subscription ended because their mailbox does not exist.</summary>
    Bounces,
}

/// <summary>A rate that is higher than mailbox providers accept.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="IsHigh">True at the limit, false at the warning below it.</param>
/// <param name="Date">The local date on which it happened.</param>
/// <param name="Domain">The receiving domain; null for all together.</param>
/// <param name="Count">How many readers.</param>
/// <param name="Messages">The messages that they are compared with.</param>
public sealed record ReputationFinding(
    ReputationKind Kind, bool IsHigh, DateOnly Date, string? Domain, long Count, long Messages)
{
    /// <summary>The rate in percent.</summary>
    public double Percent => ReputationPolicy.Percent(Count, Messages);

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Domain ?? "all domains"} on {Date.Text()}: {Count:N0} of {Messages:N0} ({Percent:0.##} %; {(IsHigh ? "limit" : "warning at")} {(
            IsHigh ? ReputationPolicy.LimitOf(Kind) : ReputationPolicy.WarningOf(Kind)):0.##} %)");
}

/// <summary>
/// From which rates on a person should look. Gmail and Yahoo ask for less than 0.1 % complaints and refuse mail from 0.3 % on; large
/// providers that send for others look at a sender at 2 % to 5 % bounces, and stop it at 5 % to 10 %. Few events are chance: one complaint
/// of 20 messages is no rate.
/// </summary>
public static class ReputationPolicy
{
    /// <summary>Messages below which nothing is said.</summary>
    public const int MinMessages = 100;

    /// <summary>The percentage from which on an operator is warned.</summary>
    public static double WarningOf(ReputationKind kind) => kind == ReputationKind.Complaints ? 0.1 : 2;

    /// <summary>The percentage at which providers begin to refuse.</summary>
    public static double LimitOf(ReputationKind kind) => kind == ReputationKind.Complaints ? 0.3 : 5;

    /// <summary>Readers below which nothing is said.</summary>
    public static int MinCountOf(ReputationKind kind) => kind == ReputationKind.Complaints ? 3 : 10;

    /// <summary>The rate in percent; 0 without messages.</summary>
    public static double Percent(long count, long messages) => messages > 0 ? 100.0 * count / messages : 0;

    /// <summary>True at the limit, false at the warning; null if nothing is to be said.</summary>
    public static bool? IsHigh(ReputationKind kind, long count, long messages) =>
        count < MinCountOf(kind) || messages < MinMessages || Percent(count, messages) < WarningOf(kind) ? null
        : Percent(count, messages) >= LimitOf(kind);
}
