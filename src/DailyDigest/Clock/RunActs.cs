using DailyDigest.Calendar;
using DailyDigest.Runs;

namespace DailyDigest.Clock;

/// <summary>An act of an operator on a run.</summary>
public enum RunAct
{
    /// <summary>Begin no message until it is resumed.</summary>
    Pause,

    /// <summary>Continue where it was paused.</summary>
    Resume,

    /// <summary>Try the waiting readers now.</summary>
    Retry,

    /// <summary>Send it again to readers who certainly did not get it.</summary>
    Missing,

    /// <summary>Hold the deliveries in doubt, so that they are not sent again.</summary>
    Hold,

    /// <summary>Send what is held: a run after a restore, or the deliveries in doubt of a run.</summary>
    Release,

    /// <summary>After a restore: record that it was sent before.</summary>
    Skip,

    /// <summary>Begin a run that was missed.</summary>
    Begin,

    /// <summary>Withhold what was not sent.</summary>
    Cancel,
}

/// <summary>Why a run cannot be steered so.</summary>
public enum RunRefusal
{
    /// <summary>It is closed or was skipped.</summary>
    Ended,

    /// <summary>It is still being prepared.</summary>
    Preparing,

    /// <summary>It is in that state already.</summary>
    AlreadySo,

    /// <summary>It was cancelled.</summary>
    Cancelled,

    /// <summary>It is paused: resume it first.</summary>
    Paused,

    /// <summary>It is held after a restore: release or skip it first.</summary>
    Held,

    /// <summary>It is not held after a restore, and nothing in it is held.</summary>
    NotHeld,

    /// <summary>Its deadline has passed, and its waiting readers expire.</summary>
    Expired,

    /// <summary>It is more than two days old: an unsubscribe would no longer stop mail being sent.</summary>
    TooOld,

    /// <summary>A later digest has its stories.</summary>
    SentLater,

    /// <summary>Its digest cannot be read.</summary>
    NoDigest,

    /// <summary>It was not missed.</summary>
    NotMissed,

    /// <summary>The order before is not carried out yet.</summary>
    StillOrdered,
}

/// <summary>Which acts a run allows, by its row.</summary>
public static class RunActs
{
    /// <summary>Null if the run allows the act.</summary>
    public static RunRefusal? Refusal(Run run, RunAct act, DateTimeOffset now) => act switch
    {
        RunAct.Pause => Unfinished(run) ?? (run.Paused ? RunRefusal.AlreadySo : null),
        RunAct.Resume => Unfinished(run) ?? (run.Paused ? null : RunRefusal.AlreadySo),
        RunAct.Cancel => Unfinished(run),
        RunAct.Retry => Unfinished(run) ?? (run.State == RunState.Preparing ? RunRefusal.Preparing : run.Paused ? RunRefusal.Paused
            : run.Deadline <= now ? RunRefusal.Expired : Waits(run)),
        RunAct.Hold => Unfinished(run) ?? (run.State == RunState.Preparing ? RunRefusal.Preparing : Waits(run)),
        RunAct.Missing => run.IsUndecided ? RunRefusal.Held : Delivered(run) ?? Old(run, now) ?? Waits(run),
        RunAct.Release when run.IsUndecided => Old(run, now),
        RunAct.Release => Delivered(run) ?? (run.State == RunState.Closed && !run.Counts.ContainsKey(DeliveryState.Held)
            ? RunRefusal.NotHeld : Old(run, now) ?? Waits(run)),
        RunAct.Skip => run.IsUndecided ? null : RunRefusal.NotHeld,
        _ => run.Missed ? Old(run, now) : RunRefusal.NotMissed,
    };

    /// <summary>The acts that the run allows.</summary>
    public static IReadOnlyList<RunAct> Of(Run run, DateTimeOffset now) =>
        [.. Enum.GetValues<RunAct>().Where(act => Refusal(run, act, now) is null)];

    private static RunRefusal? Unfinished(Run run) => !run.IsOpen ? RunRefusal.Ended
        : run.Cancelled ? RunRefusal.Cancelled : run.Held ? RunRefusal.Held : null;

    private static RunRefusal? Delivered(Run run) =>
        run.State == RunState.Skipped ? RunRefusal.Ended : run.State == RunState.Preparing ? RunRefusal.Preparing : null;

    private static RunRefusal? Old(Run run, DateTimeOffset now) =>
        run.Date < LocalDates.Utc(now).AddDays(-Run.MaxDaysBack) ? RunRefusal.TooOld : null;

    private static RunRefusal? Waits(Run run) => run.Ordered is null ? null : RunRefusal.StillOrdered;
}
