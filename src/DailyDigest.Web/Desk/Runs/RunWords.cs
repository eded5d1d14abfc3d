using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Reporting;
using DailyDigest.Runs;

namespace DailyDigest.Web;

/// <summary>Runs in the words of the desk's language.</summary>
public sealed class RunWords(DeskView desk)
{
    /// <summary>A whole number with separators.</summary>
    public string Number(long number) => number.ToString("N0", desk.Texts.Culture);

    /// <summary>The number, marked if it is an estimate; a dash if it is not known.</summary>
    public string Number(long? number, bool isAbout) =>
        number is not { } known ? "–" : isAbout && known > 0 ? desk["Runs.About", Number(known)] : Number(known);

    /// <summary>Rhythm, hour and zone; the key if it cannot be read.</summary>
    public string Cohort(string key) => Calendar.Cohort.TryParse(key, out var cohort)
        ? desk["Runs.Cohort", desk.Page.NameOf(cohort.Rhythm), desk.Page.Hour(cohort.Hour), Zones.Current(cohort.Zone).Replace('_', ' ')]
        : key;

    /// <summary>A cohort and its date.</summary>
    public string Name(Run run) => desk["When", desk.Page.InWords(run.Date), Cohort(run.Cohort)];

    /// <summary>The path of the run's page.</summary>
    public static string Path(Run run) => $"/desk/runs/{run.Date.Text()}/{Uri.EscapeDataString(run.Cohort)}";

    /// <summary>The path of the page that says what the act will do.</summary>
    public static string Path(Run run, RunAct act) => $"{Path(run)}/{act.ToString().ToLowerInvariant()}";

    /// <summary>A span in its largest unit or two.</summary>
    public string Span(TimeSpan span) => span.TotalSeconds < 90 ? desk["Runs.Seconds", Number((long)Math.Ceiling(span.TotalSeconds))]
        : span.TotalMinutes < 90 ? desk["Runs.Minutes", Number((long)Math.Ceiling(span.TotalMinutes))]
        : desk["Runs.Hours", span.TotalHours.ToString("0.#", desk.Texts.Culture)];

    /// <summary>Messages a second.</summary>
    public string Rate(double rate) =>
        desk["Runs.PerSecond", rate.ToString(rate < 10 ? "0.#" : "N0", desk.Texts.Culture)];

    /// <summary>The key of the run's state: its text is <c>Runs.State.KEY</c>.</summary>
    public static string State(RunStanding one) => one.Run switch
    {
        { IsUndecided: true } => "Held",
        { State: RunState.Skipped, Missed: true } => "Missed",
        { State: RunState.Skipped, Why: Run.NoReaders } => "NoReaders",
        { State: RunState.Skipped } => "Skipped",
        { Cancelled: true, State: RunState.Closed } => "Cancelled",
        { Cancelled: true } => "Cancelling",
        { Paused: true, IsOpen: true } => "Paused",
        { AwaitsApprovalUntil: not null } => "Approval",
        { State: RunState.Preparing } => "Preparing",
        { State: RunState.Closed } => "Done",
        _ when one.Trouble is not null => "Refused",
        _ when one.NextTry is not null => "Waiting",
        _ => "Sending",
    };

    /// <summary>The colour of the state.</summary>
    public static string Colour(string state) => state switch
    {
        "Held" or "Missed" or "Refused" => "tag bad",
        "Paused" or "Approval" or "Cancelled" or "Cancelling" or "Skipped" or "Waiting" => "tag care",
        "Done" => "tag good",
        "Sending" => "tag live",
        _ => "tag",
    };

    /// <summary>The length of the bar. Without a known rest it would look full.</summary>
    internal static long All(RunStanding one) => Math.Max(1, one.Waiting is null ? one.Readers * 2 : one.Readers);

    /// <summary>The width of a share of the bar, of 1,000.</summary>
    internal static string Width(long part, long all) =>
        (all == 0 ? 0 : Math.Clamp(part * 1000d / all, part > 0 ? 3 : 0, 1000)).ToString("0.#", CultureInfo.InvariantCulture);
}
