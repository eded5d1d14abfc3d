using System.Globalization;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Runs;
using DailyDigest.Settings;

namespace DailyDigest.Demo;

/// <summary>The lines in the terminal: where to look, and once all due mail has been sent, what was done. Ten lines together.</summary>
internal sealed class DemoReport(IReadOnlyList<CohortDay> days, PollSummary? polls, DateTimeOffset begun, TimeProvider time)
{
    private const int Column = 10;

    /// <summary>True on the very first start.</summary>
    public required bool IsFirst { get; init; }

    /// <summary>The links.</summary>
    /// <param name="publication">The sample publication.</param>
    /// <param name="token">Signs the owner of the desk in; null if somebody else has made accounts.</param>
    /// <param name="outbox">The mails.</param>
    public static string Links(Publication publication, string? token, DemoOutbox outbox)
    {
        var url = publication.BaseUrl;
        return new StringBuilder().AppendLine()
            .AppendLine(Line("Desk", token is null ? url + "/desk" : DemoPages.Desk(publication, token)))
            .AppendLine(Line("Pages", $"{url}/ (sign-up), {url}/digests (archive), {url}/demo (all)"))
            .AppendLine(Line("Mail", $"{url}/demo/outbox; the files are in {outbox.Folder}"))
            .ToString();
    }

    /// <summary>The work that was done.</summary>
    public override string ToString() => string.Join(
        Environment.NewLine,
        Line("Read", Gathered()),
        Line("Sent", Sent()),
        Line("Next", Next()),
        Line("Try", (IsFirst ? "sign up with any address, or " : "") + "dotnet run --project src/DailyDigest.Server -- status"),
        Line("Your own", "set Publication__Name: docs/configuration.md"),
        Line("Stop", "Ctrl-C; to start over, delete the folder data"),
        "") + Environment.NewLine;

    private string Gathered()
    {
        if (polls is null)
        {
            return "the feeds have not answered yet";
        }

        var from = Counted(polls.Feeds.Count, "feed");
        return polls.Feeds.All(feed => feed.NotModified || feed.Error is not null)
            ? IsFirst ? $"the stories of two weeks from {from}" : $"nothing new in {from} since the last start"
            : $"{polls.Feeds.Sum(feed => feed.Read)} stories from {from}, {polls.Added} new";
    }

    private string Sent()
    {
        var runs = days.Where(day => day.Run is { Run.State: not RunState.Skipped } && day.Sent > 0).ToList();
        var now = runs.Where(day => day.Run!.Run.Started >= begun).ToList();
        if (now.Count == 0)
        {
            return runs.Count == 0 ? "nothing: no reader's hour has come today"
                : "nothing now: today's digests were sent earlier, and no reader gets one twice";
        }

        var seconds = (now.Max(day => day.Run!.Run.Ended ?? time.GetUtcNow()) - now.Min(day => day.Run!.Run.Started)).TotalSeconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Counted((int)now.Sum(day => day.Sent), "digest")} in {seconds:0.0} s: {string.Join(", ", now.Select(Name))}");
    }

    private string Next()
    {
        if (days.Where(day => day.HasReaders).MinBy(day => day.Next ?? DateTimeOffset.MaxValue) is not { Next: { } due } next)
        {
            return "nobody within two weeks";
        }

        var wait = due - time.GetUtcNow();
        var words = wait < TimeSpan.FromMinutes(90) ? $"in {Counted((int)Math.Ceiling(wait.TotalMinutes), "minute")}"
            : $"in {Counted((int)Math.Round(wait.TotalHours), "hour")}";
        return string.Create(CultureInfo.InvariantCulture, $"{City(next.Cohort)} {next.Cohort.Hour:00}:00, {words}, if this keeps running");
    }

    private static string Name(CohortDay day) => string.Create(CultureInfo.InvariantCulture, $"{City(day.Cohort)} {day.Sent}");

    private static string City(Cohort cohort) => cohort.Zone.Split('/')[^1].Replace('_', ' ');

    private static string Counted(int count, string one) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {one}{(count == 1 ? "" : "s")}");

    private static string Line(string head, string words) => "  " + head.PadRight(Column) + words;
}
