namespace DailyDigest.Hooks;

/// <summary>The types of events. docs/web-hooks.md has an example of each.</summary>
public static class HookTypes
{
    /// <summary>Somebody signed up; the sign-up waits for its confirmation.</summary>
    public const string Subscribed = "subscriber.subscribed";

    /// <summary>A subscriber is active now: confirmed, or restored.</summary>
    public const string Confirmed = "subscriber.confirmed";

    /// <summary>An active subscriber changed preferences or address.</summary>
    public const string Changed = "subscriber.changed";

    /// <summary>A subscriber left or was erased.</summary>
    public const string Left = "subscriber.left";

    /// <summary>A subscription ended because mail bounced.</summary>
    public const string Bounced = "subscriber.bounced";

    /// <summary>A subscription ended because its reader reported the digest as spam.</summary>
    public const string Complained = "subscriber.complained";

    /// <summary>A run is being delivered.</summary>
    public const string RunBegun = "run.begun";

    /// <summary>A run has ended: closed with its counts, or skipped.</summary>
    public const string RunClosed = "run.closed";

    /// <summary>A digest was frozen.</summary>
    public const string DigestFrozen = "digest.frozen";

    /// <summary>An alert of /readyz was raised.</summary>
    public const string AlertRaised = "alert.raised";

    /// <summary>An alert of /readyz has ended.</summary>
    public const string AlertEnded = "alert.ended";

    /// <summary>A test by an operator. Every web hook takes it.</summary>
    public const string Test = "hook.test";

    /// <summary>The types that a web hook can ask for.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        Subscribed, Confirmed, Changed, Left, Bounced, Complained, RunBegun, RunClosed, DigestFrozen, AlertRaised, AlertEnded,
    ];

    /// <summary>
    /// The types that the text means: a type, a group such as <c>run</c> or <c>run.*</c>, or <c>*</c> for all; empty for none.
    /// </summary>
    public static IReadOnlyList<string> Find(string text) =>
        text is "*" or "all" ? All
        : [.. All.Where(type => type == text || type.StartsWith(text.TrimEnd('*').TrimEnd('.') + ".", StringComparison.Ordinal))];
}
