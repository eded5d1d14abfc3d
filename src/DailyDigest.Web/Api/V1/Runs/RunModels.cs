using System.ComponentModel;
using System.Text.Json;
using DailyDigest.Clock;
using DailyDigest.Reporting;
using DailyDigest.Runs;

namespace DailyDigest.Web;

[Description("The runs of a local date, added up.")]
internal sealed record ApiRunDay(
    [property: Description("The local date.")] DateOnly Date,
    [property: Description("How many runs, without those of cohorts that have no readers.")] int Runs,
    [property: Description("Runs that are not finished.")] int Open,
    [property: Description("Runs that were skipped or missed.")] int Skipped,
    [property: Description("Messages that a relay accepted, of finished runs.")] long Sent,
    [property: Description("Deliveries that ended otherwise, of finished runs.")] long NotSent);

[Description("The digest of a cohort on a local date, and how far its delivery is.")]
internal sealed record ApiRun(
    [property: Description("The local date.")] DateOnly Date,
    [property: Description("The cohort: rhythm, hour and zone.")] string Cohort,
    [property: Description("preparing, open, closed, or skipped with why.")] RunState State,
    [property: Description("Why nothing was sent.")] string? Why,
    [property: Description("The cohort's hour on the date.")] DateTimeOffset Due,
    [property: Description("When it began.")] DateTimeOffset Started,
    [property: Description("When undelivered digests expire.")] DateTimeOffset Deadline,
    [property: Description("When it was closed.")] DateTimeOffset? Ended,
    [property: Description("True if no message is begun until it is resumed.")] bool IsPaused,
    [property: Description("True if what was not sent is withheld.")] bool IsCancelled,
    [property: Description("True if it may have been sent before a restore, and waits for a decision.")] bool IsHeld,
    [property: Description("True if it was missed.")] bool IsMissed,
    [property: Description("It waits until then for an approval.")] DateTimeOffset? AwaitsApprovalUntil,
    [property: Description("Messages that a relay accepted.")] long Sent,
    [property: Description("Deliveries that ended otherwise.")] long NotSent,
    [property: Description("Readers who are still to get it; left out while nobody knows.")] long? Waiting,
    [property: Description("True if waiting is an estimate.")] bool IsAbout,
    [property: Description("Messages a second over the last minute.")] double? PerSecond,
    [property: Description("The reply of the relay that stops it.")] string? Trouble,
    [property: Description("Deliveries by state, once it is closed.")] IReadOnlyDictionary<string, long> Counts,
    [property: Description("The version, for If-Match.")] string Etag)
{
    public static ApiRun Of(RunStanding one) => new(
        one.Run.Date, one.Run.Cohort, one.Run.State, one.Run.Why, one.Run.Due, one.Run.Started, one.Run.Deadline, one.Run.Ended,
        one.Run.Paused, one.Run.Cancelled, one.Run.IsUndecided, one.Run.Missed, one.Run.AwaitsApprovalUntil, one.Sent, one.NotSent,
        one.Waiting, one.IsAbout, one.PerSecond, one.Trouble,
        one.Run.Counts.ToDictionary(pair => JsonNamingPolicy.KebabCaseLower.ConvertName(pair.Key.ToString()), pair => pair.Value),
        ApiTag.Of(one.Run.ETag ?? ""));
}

[Description("A reader who did not get a run, or not yet.")]
internal sealed record ApiNotSent(
    [property: Description("The reader.")] string Reader,
    [property: Description("The address; only for a key that may see readers.")] string? Address,
    [property: Description("The state of the delivery.")] DeliveryState State,
    [property: Description("Attempts so far.")] int Attempts,
    [property: Description("Why it was not sent.")] string? Reason,
    [property: Description("The reply of the mail server.")] string? Reply,
    [property: Description("The last change of the state.")] DateTimeOffset At);

[Description("An act on a run.")]
internal sealed record ApiRunAct
{
    [Description("The act.")]
    public required RunAct Act { get; init; }

    [Description("True: say what would happen, and change nothing.")]
    public bool Trial { get; init; }
}

[Description("What became of an act on a run, or what would.")]
internal sealed record ApiRunActed(
    [property: Description("True if nothing was changed.")] bool IsTrial,
    [property: Description("True if the next tick carries it out, within a minute.")] bool IsLater,
    [property: Description("Readers whom it concerns, as far as they are known.")] long? Readers,
    [property: Description("The version of the run afterwards, for If-Match.")] string Etag);

[Description("The state of today: runs, the next hours, and what needs a person.")]
internal sealed record ApiToday(
    [property: Description("Today in the publication's zone.")] DateOnly Date,
    [property: Description("The runs of today, and others that are open or began within a day.")] IReadOnlyList<ApiRun> Runs,
    [property: Description("The next 24 hours.")] IReadOnlyList<ApiNextHour> Next,
    [property: Description("Everything that needs a person, the urgent first.")] IReadOnlyList<ApiAlert> Alerts);

[Description("Cohorts that are due at one instant.")]
internal sealed record ApiNextHour(
    [property: Description("The instant.")] DateTimeOffset Due,
    [property: Description("The cohorts.")] IReadOnlyList<string> Cohorts,
    [property: Description("Readers of their last runs.")] long? Readers);

[Description("Something that needs a person.")]
internal sealed record ApiAlert(
    [property: Description("Its kind.")] TodayAlertKind Kind,
    [property: Description("True if mail stands still, or soon will.")] bool IsUrgent,
    [property: Description("The words of a machine: a reply, a reason, an error.")] string? Text,
    [property: Description("The feed, relay, mailbox or cohort.")] string? Name,
    [property: Description("The local date of the run.")] DateOnly? Date,
    [property: Description("How many readers, cohorts, mails or failures.")] long Count,
    [property: Description("Until when, or since when.")] DateTimeOffset? At);
