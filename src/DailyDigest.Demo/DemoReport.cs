using System.Globalization;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Runs;
using DailyDigest.Settings;

namespace DailyDigest.Demo;

/// <summary>The terminal's summary once all due mail has been sent: what was done, where to look, what to do next.</summary>
internal sealed class DemoReport(
    Publication publication, IReadOnlyList<CohortDay> days, PollSummary? polls, DemoOutbox outbox, DateTimeOffset begun, TimeProvider time)
{
    private const int Column = 12;
    private readonly StringBuilder text = new();

    /// <summary>True on the very first start.</summary>
    public required bool IsFirst { get; init; }

    // The digest in the archive; null if the archive is empty.
    private Digest? Home => days.FirstOrDefault(day => day.Cohort == publication.HomeCohort)?.Digest is { Items.Count: > 0 } digest ? digest
        : null;

    /// <inheritdoc/>
    public override string ToString()
    {
        text.Clear().AppendLine();
        text.Append("  ").Append(publication.Name).Append(" is up: ").Append(publication.BaseUrl).AppendLine("/demo");
        text.AppendLine();
        AddGathered();
        AddChosen();
        AddSent();
        AddNext();
        text.AppendLine();
        AddPlaces();
        text.AppendLine();
        AddAdvice();
        return text.AppendLine().ToString();
    }

    private void AddGathered()
    {
        if (polls is null)
        {
            Line("Gathered", "the feeds have not answered yet");
            return;
        }

        var from = Counted(polls.Feeds.Count, "feed");
        var (read, unchanged) = (polls.Feeds.Sum(feed => feed.Read), polls.Feeds.Count(feed => feed.NotModified));
        Line("Gathered", unchanged == polls.Feeds.Count
            ? $"nothing new since the last poll: {from} polled, \"not modified\""
            : $"{read} stories from {from}, {polls.Added} new");
        foreach (var feed in polls.Feeds)
        {
            var counts = string.Create(CultureInfo.InvariantCulture, $"{feed.Read,3} read, {feed.Added} new, {feed.Updated} changed");
            Line("", $"{feed.Name,-22}{feed.Error ?? (feed.NotModified ? "not modified" : counts)}");
        }
    }

    private void AddChosen()
    {
        var shown = days.FirstOrDefault(day => day.Cohort == publication.HomeCohort && day.Run is not null)
            ?? days.FirstOrDefault(day => day.Run is not null);
        if (shown?.Digest is not { Items.Count: > 0 } digest)
        {
            return;
        }

        var posts = digest.Items.Count(item => item.Story.Kind == StoryKind.BlogPost);
        Line("Chosen",
            $"{Counted(digest.Items.Count - posts, "article")} and {Counted(posts, "blog post")}; {digest.PassedOver.Count} passed "
                + "over, each with a reason");
        foreach (var item in digest.Items.Take(3))
        {
            Line("", string.Create(CultureInfo.InvariantCulture, $"{item.Score,5:0.00}  {Short(item.Story.Title)}"));
        }

        foreach (var sample in new[] { "held back", "the same news" })
        {
            if (digest.PassedOver.FirstOrDefault(one => one.Reason.StartsWith(sample, StringComparison.Ordinal)) is { } over)
            {
                Line("", $"  not  {Short(over.Title)} ({over.Reason.Split(": ", 2)[0].Split(" as “", 2)[0]})");
            }
        }
    }

    private void AddSent()
    {
        var runs = days.Where(day => day.Run is { Run.State: not RunState.Skipped }).ToList();
        var (now, earlier) = (
            runs.Where(day => day.Run!.Run.Started >= begun).ToList(), runs.Where(day => day.Run!.Run.Started < begun).ToList());
        if (now.Count > 0)
        {
            var seconds = (now.Max(day => day.Run!.Run.Ended ?? time.GetUtcNow()) - now.Min(day => day.Run!.Run.Started)).TotalSeconds;
            Line("Sent", string.Create(
                CultureInfo.InvariantCulture,
                $"{Counted((int)now.Sum(day => day.Sent), "digest")} in {seconds:0.0} seconds, frozen, rendered and written"));
            now.ForEach(AddRun);
        }

        if (earlier.Count > 0)
        {
            Line(now.Count > 0 ? "Before" : "Sent", now.Count > 0
                ? "sent when the program last ran, and not sent again"
                : "nothing now: today's digests were sent earlier, and no reader gets one twice");
            earlier.ForEach(AddRun);
        }

        if (runs.Count == 0)
        {
            Line("Sent", "nothing: no reader's hour has come today");
        }

        var skipped = days.Where(day => day.Run is { Run.State: RunState.Skipped }).ToList();
        if (skipped.Count > 0)
        {
            Line("Skipped", "every day has a record, even if nothing was sent");
            skipped.ForEach(AddRun);
        }
    }

    private void AddRun(CohortDay day)
    {
        var counts = string.Join(", ", day.Run!.Counts.Where(pair => pair.Value > 0)
            .Select(pair => $"{pair.Value} {pair.Key.ToString().ToLowerInvariant()}"));
        var what = day.Run.Run.State switch
        {
            RunState.Skipped => day.Run.Run.Why ?? "",
            RunState.Closed => counts.Length > 0 ? counts : "made; it has no readers yet",
            _ => "still being delivered" + (day.Run.Trouble is { } trouble ? ": " + trouble : ""),
        };
        Line("", $"{Name(day.Cohort)}{what}");
    }

    private void AddNext()
    {
        var now = time.GetUtcNow();
        if (days.Where(day => day.HasReaders).MinBy(day => day.Next ?? DateTimeOffset.MaxValue) is { Next: { } due } next)
        {
            var wait = due - now;
            var words = wait < TimeSpan.FromMinutes(90) ? $"in {Counted((int)Math.Ceiling(wait.TotalMinutes), "minute")}"
                : $"in {Counted((int)Math.Round(wait.TotalHours), "hour")}";
            Line("Next", $"{Name(next.Cohort)}{words}, if this keeps running");
        }
    }

    private void AddPlaces()
    {
        Line("Look at", "the outbox           " + publication.BaseUrl + "/demo/outbox");
        if (Home is { } digest)
        {
            Line("", "the latest digest    " + publication.BaseUrl + "/digests/" + digest.Date.Text());
        }

        Line("", "why each story       " + publication.BaseUrl + "/demo/why");
        Line("", "the sign-up page     " + publication.BaseUrl + "/");
        Line("", "everything else      " + publication.BaseUrl + "/demo");
        Line("", "mail as files        " + outbox.Folder);
    }

    private void AddAdvice()
    {
        var command = "dotnet run --project src/DailyDigest.Server -- ";
        Line("Try", IsFirst
            ? "sign up with any address: the confirmation lands in the outbox, and this terminal says so"
            : "sign up on the page for a digest of your own, or start over: stop, delete the data folder, start");
        if (Home is { } digest)
        {
            Line("", command + "preview --explain --date " + digest.Date.Text());
        }

        Line("", command + "status");
        Line("", command + "stories list");
        if (outbox.IsBeforeRelay)
        {
            Line("Note", "Mail__Host is set, but sample mail stays in the folder");
        }

        Line("Your own", "set Publication__Name to replace the demonstration (docs/configuration.md)");
        Line("Stop", "Ctrl-C");
    }

    private static string Name(Cohort cohort) => string.Create(
        CultureInfo.InvariantCulture, $"{cohort.Zone.Split('/')[^1].Replace('_', ' '),-10}{cohort.Hour:00}:00  {cohort.Rhythm,-18}");

    private static string Counted(int count, string one) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {one}{(count == 1 ? "" : "s")}");

    private static string Short(string title) => title.Length <= 56 ? title : title[..53] + "...";

    private void Line(string head, string words) => text.AppendLine(("  " + head.PadRight(Column) + words).TrimEnd());
}
