using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Sending;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>Answers whether one reader got the digest, one sentence per date.</summary>
internal sealed class ReaderAnswer(IServiceProvider services, Terminal terminal)
{
    private const int DaysBack = 6;

    /// <summary>
    /// Writes one line per date: the given date, or each of the last seven days. Returns the exit code: 1 if no subscriber has the id.
    /// </summary>
    public async Task<int> ExecuteAsync(string id, DateOnly? date, bool json, CancellationToken cancellationToken)
    {
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var subscriber = (await services.GetRequiredService<SubscriberStore>().GetAsync(id, cancellationToken))?.Subscriber;
        var today = LocalDate(subscriber, now);
        var days = await services.GetRequiredService<TraceReader>()
            .ExecuteAsync(id, date ?? today.AddDays(-DaysBack), date ?? today, cancellationToken);
        if (subscriber is null && days.All(day => day.Delivery is null))
        {
            await terminal.ErrorAsync("There is no subscriber with this id.");
            return 1;
        }

        var answers = new List<string>();
        foreach (var day in days)
        {
            answers.Add(await WordsAsync(id, day, subscriber, now, cancellationToken));
        }

        var suppressed = EmailAddress.TryParse(subscriber?.Address, out var address)
            ? (await services.GetRequiredService<FindSubscriber>().ExecuteAsync(address, cancellationToken)).Reason : null;
        var rest = subscriber?.RestAt(now);
        var returned = (await services.GetRequiredService<NoticeStore>().ListAsync(id, now, DaysBack + 1, cancellationToken))
            .Where(notice => notice.ReportedAs is not null).ToList();
        if (json)
        {
            await terminal.JsonAsync(new
            {
                Id = id,
                subscriber?.Status,
                StoryLanguages = subscriber is null ? []
                    : services.GetRequiredService<StoryLanguages>().Of(subscriber.StoryLanguages, subscriber.Language),
                Suppressed = suppressed,
                Rest = rest,
                Days = days.Select(
                    (day, index) => new { day.Date, day.Cohort, Answer = answers[index], day.Delivery, Run = day.Run?.State }),
                ServiceMails = returned.Select(notice => new { notice.Asked, CameBack = notice.ReportedAs, notice.Reason }),
            });
            return 0;
        }

        var ended = subscriber is { Status: not SubscriberStatus.Active, Ended: { } at } ? $", ended at {Format.Time(at)}" : "";
        await terminal.LineAsync(subscriber is null
            ? $"{ShortId.Of(id)}: erased"
            : $"{ShortId.Of(id)}: {Format.Name(subscriber.Status)}, {subscriber.Cohort.Key}{StoriesIn(subscriber)}{ended}"
                + (suppressed is { } reason ? $"; the address is suppressed ({Format.Name(reason)}): "
                    + (FindSubscriber.IsLifted(subscriber, reason) ? "no digest is sent to it until the new sign-up is confirmed"
                        : reason == Suppression.Blocked ? "nothing is sent to it"
                        : "no digest is sent to it until a new sign-up is confirmed") : ""));
        if (rest is not null)
        {
            await terminal.LineAsync($"Rests since {rest.Since.Text()}, because several digests were refused ({rest.Reason}); the next try "
                + $"is on {rest.Until.Text()} (subscribers wake sends it earlier)");
        }

        foreach (var (day, answer) in days.Zip(answers))
        {
            await terminal.LineAsync($"{day.Date.Text()}{(day.Cohort is { } cohort ? " " + cohort : "")}: {answer}");
        }

        foreach (var notice in returned)
        {
            await terminal.LineAsync(
                $"service mail of {Format.Time(notice.Asked, "?")}{Format.CameBack(notice.ReportedAs, notice.Reason)}");
        }

        return 0;
    }

    private string StoriesIn(Subscriber subscriber) => services.GetRequiredService<StoryLanguages>() is { HasChoice: true } languages
        ? ", stories in " + Format.StoriesIn(languages, subscriber) : "";

    private async Task<string> WordsAsync(
        string id, ReaderDay day, Subscriber? subscriber, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (day is not { Delivery: { } row, Run: { } run })
        {
            if (day is { Delivery: null, Run: null } && new ChosenRuns(services).NotKept(day.Date) is { } why)
            {
                return "not known: " + why;
            }

            return day.Delivery is { } alone ? Words(alone, subscriber, "")
                : await JoinedLateAsync(day, subscriber, now, cancellationToken) is { } late ? late
                : Words(day, subscriber, now)
                    + (day.Run is { State: RunState.Open } open ? Trouble(await PartsOfAsync(open, cancellationToken), id) : "");
        }

        // Read the part as well, a few rows: it may wait longer than the reader's own retry.
        var report = row.Until is null ? null : await PartsOfAsync(run, cancellationToken);
        var next = report?.NextTry(row) switch
        {
            null when run.State == RunState.Closed => "the run is closed (deliver --missing sends it)",
            null when run.IsUndecided => $"the run is {ChosenRuns.HeldHelp}",
            null => run.Cancelled ? "the run is cancelled" : "the run is paused (run resume continues it)",
            { } until when until <= now => "next try " + StatusCommand.WhenFree,
            { } until => $"next try at {Format.Time(until)}",
        };
        return Words(row, subscriber, next + (report is null ? "" : Trouble(report, id, row.LastReply)));
    }

    private Task<RunReport> PartsOfAsync(Run run, CancellationToken cancellationToken) =>
        services.GetRequiredService<ReportRun>().PartsOfAsync(run, cancellationToken);

    // The reply that the reader's part waits for may differ from the reader's own last reply.
    private static string Trouble(RunReport report, string id, string? reply = null) =>
        report.Run is { State: RunState.Open, Cancelled: false }
        && report.OpenParts.FirstOrDefault(part => part.Slice == Part.SliceOf(id, report.Run.Slices)) is { Trouble: { } said }
        ? "; the relay refuses us" + (said == reply ? "" : $": {said}") : "";

    /// <summary>
    /// The answer for a reader who joined after the cohort's hour: the cohort was created then, or its run of the date had started. Null
    /// for other readers.
    /// </summary>
    private async Task<string?> JoinedLateAsync(
        ReaderDay day, Subscriber? subscriber, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (day is not { Run: null or { Why: Run.NoReaders } } || subscriber is not { Status: SubscriberStatus.Active })
        {
            return null;
        }

        DateOnly? from = null;
        if (day.Cohort is null)
        {
            from = subscriber.Placements.FirstOrDefault(
                one => one is { Removed: false, Until: null } && one.Cohort == subscriber.Cohort)?.From;
            // An imported list may give a consent date long before the import.
            var joined = subscriber.Confirmed > subscriber.Created ? subscriber.Confirmed.Value : subscriber.Created;
            if (LocalDate(subscriber, joined) != day.Date || !(subscriber.Cohort.DueAt(day.Date) <= joined))
            {
                return null;
            }
        }
        else if (Cohort.TryParse(day.Cohort, out var cohort) && day.Due <= now)
        {
            from = (await services.GetRequiredService<CohortStore>().ListAsync(cancellationToken)).FirstOrDefault(
                row => row.Cohort == cohort)?.FirstDate;
        }

        return from > day.Date && subscriber.Cohort.NextDue(from.Value, DateTimeOffset.MinValue) is var (first, due)
            ? $"no: joined after {(day.Cohort is null ? $"the hour of {subscriber.Cohort.Key}" : "its hour")}, "
                + $"{(due > now ? "begins" : "began")} on {first.Text()}" : null;
    }

    private static string Words(ReaderDay day, Subscriber? subscriber, DateTimeOffset now) => day.WhyNone(now) switch
    {
        NoDelivery.NotReader => subscriber is { Status: not SubscriberStatus.Active } && !(Ended(subscriber) > day.Date)
            ? $"no: {Left(subscriber)}" : "no: not a reader on this date",
        NoDelivery.Skipped => $"no: there was no digest: {day.Run!.Why}",
        NoDelivery.AwaitsApproval =>
            $"not yet: the digest waits until {Format.Time(day.Run!.AwaitsApprovalUntil!.Value)} for an editor's approval",
        NoDelivery.Preparing => "not yet: the digest is being prepared",
        NoDelivery.Undecided => $"not yet: the run is {ChosenRuns.HeldHelp}",
        NoDelivery.Paused => "not yet: the run is paused",
        NoDelivery.Waiting => "not yet: not taken up",
        NoDelivery.NeverTaken => "no: never taken up, and the run is closed (deliver --missing sends it)",
        NoDelivery.NoDigest => "no: this rhythm has no digest on this date",
        NoDelivery.NotDue => $"not yet: due at {Format.Time(day.Due!.Value)}",
        _ => $"no: was due at {Format.Time(day.Due!.Value)}, and there was no run",
    };

    private static DateOnly? Ended(Subscriber subscriber) => subscriber.Ended is { } at ? LocalDate(subscriber, at) : null;

    private static DateOnly LocalDate(Subscriber? subscriber, DateTimeOffset at) => subscriber is { Zone.Length: > 0 }
        && Zones.Exists(subscriber.Zone)
        ? Zones.LocalDate(subscriber.Zone, at) : DateOnly.FromDateTime(at.UtcDateTime);

    private static string Left(Subscriber subscriber) => Format.Name(subscriber.Status)
        + (subscriber.Ended is { } at ? $" at {Format.Time(at)}" : "");

    private static string Words(DeliveryRow row, Subscriber? subscriber, string next)
    {
        var left = StatusReport.IsOfLeaver(row, subscriber) ? $" ({Left(subscriber)})" : "";
        var reply = row.LastReply is { Length: > 0 } said ? $" ({said})" : "";
        var tries = string.Create(CultureInfo.InvariantCulture, $"{row.Attempts} {(row.Attempts == 1 ? "attempt" : "attempts")}");
        var copies = row is { WasInDoubt: true, Attempts: > 1 }
            ? "; an earlier attempt was in doubt, so there may be two copies under one Message-ID" : "";
        return row.State switch
        {
            DeliveryState.Sent => $"yes: the relay took it at {Format.Time(row.At)}{reply}, {tries}{copies}",
            DeliveryState.Attempting => $"not known yet: being sent since {Format.Time(row.At)}, {tries}",
            DeliveryState.Deferred => $"not yet: deferred after {tries}{reply}, {next}",
            DeliveryState.Unknown => $"perhaps: in doubt after {tries}{reply}, {next}",
            DeliveryState.Held => $"perhaps: in doubt and held{reply} (deliver --release sends it again)",
            DeliveryState.Rejected =>
                $"no: refused, {row.Reason ?? "other"}{reply}{(row.WasInDoubt ? "; but an earlier attempt was in doubt" : "")}",
            DeliveryState.Expired => $"no: the deadline passed after {tries}{reply} (deliver --missing sends it)",
            DeliveryState.Empty => $"no: {row.Reason ?? "too little in what they chose"}",
            _ => $"no: withheld: {row.Reason}{left}",
        } + Format.CameBack(row.ReportedAs);
    }
}
