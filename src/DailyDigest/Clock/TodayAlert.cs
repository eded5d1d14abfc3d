using DailyDigest.Content;
using DailyDigest.Runs;

namespace DailyDigest.Clock;

/// <summary>The kinds of things that need a person.</summary>
public enum TodayAlertKind
{
    /// <summary>Hours have passed and no run began: the clock does not tick, or it fails.</summary>
    ClockStopped,

    /// <summary>The clock of the machine jumped.</summary>
    ClockJumped,

    /// <summary>A relay cannot be used.</summary>
    Relay,

    /// <summary>Confirmations and other service mails wait too long.</summary>
    Notices,

    /// <summary>A run waits because a relay refuses us.</summary>
    Refused,

    /// <summary>A run may have been sent before a restore.</summary>
    Held,

    /// <summary>A digest waits for an editor's approval.</summary>
    Approval,

    /// <summary>A run was missed.</summary>
    Missed,

    /// <summary>A run is open although its deadline has passed.</summary>
    Late,

    /// <summary>Implausibly many readers were refused as unknown.</summary>
    Distrusted,

    /// <summary>As many readers complain as providers refuse mail for.</summary>
    ManyComplaints,

    /// <summary>As many mails bounce as providers refuse mail for.</summary>
    ManyBounces,

    /// <summary>More readers complain than providers like.</summary>
    Complaints,

    /// <summary>More mails bounce than providers like.</summary>
    Bounces,

    /// <summary>The mailbox to which messages come back cannot be read.</summary>
    Mailbox,

    /// <summary>Many messages in that mailbox are of no known kind.</summary>
    Returns,

    /// <summary>A feed fails.</summary>
    Feed,

    /// <summary>Readers of a run may have it and are held.</summary>
    InDoubt,

    /// <summary>Readers of a closed run certainly did not get it, for a reason that may have gone.</summary>
    Missing,

    /// <summary>A run is paused.</summary>
    Paused,

    /// <summary>A run was skipped.</summary>
    Skipped,
}

/// <summary>Something that needs a person.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Run">The run that it is about; null for none.</param>
/// <param name="Text">The words of a machine: a relay's reply, a reason, a feed's error; null for none.</param>
public sealed record TodayAlert(TodayAlertKind Kind, Run? Run = null, string? Text = null)
{
    /// <summary>The name of the feed, relay, mailbox or cohort; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>The id of the feed; null for none.</summary>
    public string? Id { get; init; }

    /// <summary>The fault of the feed; null if that is not known.</summary>
    public FeedProblem? Problem { get; init; }

    /// <summary>How many readers, cohorts, mails or failures.</summary>
    public long Count { get; init; }

    /// <summary>The instant: until when, or since when; null for none.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>True if mail stands still, or soon will, until somebody does something.</summary>
    public bool IsUrgent => Kind is not (TodayAlertKind.InDoubt or TodayAlertKind.Missing or TodayAlertKind.Paused
        or TodayAlertKind.Skipped or TodayAlertKind.Feed or TodayAlertKind.Complaints or TodayAlertKind.Bounces
        or TodayAlertKind.Mailbox or TodayAlertKind.Returns);
}

/// <summary>Cohorts that are due at the same instant.</summary>
/// <param name="Due">When.</param>
/// <param name="Cohorts">Their keys.</param>
/// <param name="Readers">Readers of their last runs; null if none has had one.</param>
public sealed record NextHour(DateTimeOffset Due, IReadOnlyList<string> Cohorts, long? Readers);
