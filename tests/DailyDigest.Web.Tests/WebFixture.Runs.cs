using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <content>Runs with their parts and deliveries, as the workers leave them.</content>
public sealed partial class WebFixture
{
    public static readonly DateOnly RunDate = new(2026, 3, 2);

    public static string Home { get; } = new Cohort("Europe/Paris", 7, Rhythm.Daily).Key;

    /// <summary>An open or closed run of the home cohort, with a digest and one reader for each of the states.</summary>
    public async Task<Run> RunAsync(
        RunState state, IReadOnlyList<DeliveryState> deliveries, Func<Run, Run>? change = null, Func<PartControl, PartControl>? part = null,
        string? cohort = null, DateOnly? on = null, int slices = 1)
    {
        var (date, key, now) = (on ?? RunDate, cohort ?? Home, Time.GetUtcNow());
        if (key == Home)
        {
            await DigestAsync(date);
        }

        _ = Cohort.TryParse(key, out var known);
        await Get<CohortStore>().EnsureAsync(known, CancellationToken.None, date.AddDays(-10));
        var row = (await Get<CohortStore>().GetAsync(known, CancellationToken.None))!;
        await Get<CohortStore>().SettleAsync(row, date, CancellationToken.None);
        await Get<CohortStore>().CountAsync(key, deliveries.Count, CancellationToken.None);
        var run = new Run
        {
            Date = date,
            Cohort = key,
            State = state,
            Due = now.AddHours(-4),
            Started = now.AddHours(-4),
            Deadline = now.AddHours(8),
            Ended = state is RunState.Closed or RunState.Skipped ? now.AddHours(-3) : null,
            Slices = state == RunState.Preparing ? 0 : slices,
            Counts = state != RunState.Closed ? new Dictionary<DeliveryState, long>()
                : deliveries.GroupBy(one => one).ToDictionary(group => group.Key, group => group.LongCount()),
            CountsAsSent = state != RunState.Skipped,
            RefusedCursor = state == RunState.Closed ? Run.AllRefusedDone : null,
        };
        // Readers who join after the run has begun get the next one.
        foreach (var index in Enumerable.Range(0, deliveries.Count))
        {
            await ReaderAsync(Reader(index), known);
        }

        await Get<RunStore>().SlicesAsync(date, slices, CancellationToken.None);
        run = await Get<RunStore>().BeginAsync(change is null ? run : change(run), CancellationToken.None);
        foreach (var slice in state is RunState.Open or RunState.Closed ? Part.SlicesOf(slices) : [])
        {
            var one = new Part(date, slice, key);
            var control = new PartControl
            {
                Sent = deliveries.Count(delivery => delivery == DeliveryState.Sent),
                Other = deliveries.Count(delivery => delivery is DeliveryState.Rejected or DeliveryState.Expired or DeliveryState.Held),
                Done = state == RunState.Closed,
                Exhausted = true,
                Cursor = new string('f', 32),
            };
            await Get<ITableStore>().WriteAsync(
                Tables.Ledger, one.Partition, TableWrite.Upsert((part is null ? control : part(control)).ToRow(one)),
                CancellationToken.None);
        }

        foreach (var (delivery, index) in deliveries.Select((delivery, index) => (delivery, index)))
        {
            await DeliveryAsync(run, Reader(index), delivery);
        }

        return run;
    }

    /// <summary>Runs in every state, and what goes with them.</summary>
    public async Task RunsToSeeAsync()
    {
        var now = Time.GetUtcNow();
        DeliveryState[] mixed =
        [
            .. Enumerable.Repeat(DeliveryState.Sent, 40), DeliveryState.Rejected, DeliveryState.Rejected, DeliveryState.Expired,
            DeliveryState.Held,
        ];
        await RunAsync(
            RunState.Closed, mixed, run => run with
            {
                Due = now.AddDays(-1).AddHours(-4),
                Started = now.AddDays(-1).AddHours(-4),
                Ended = now.AddDays(-1).AddHours(-3),
                Reasons =
                [
                    new ReasonCount(DeliveryState.Rejected, "mailbox-full: 552 5.2.2 mailbox full", 2),
                    new ReasonCount(DeliveryState.Held, "the connection broke", 1),
                    new ReasonCount(DeliveryState.Expired, "deadline passed: 451 4.3.0 try again later", 1),
                ],
                LastTask = new RunTaskResult(RunTask.Missing, now.AddHours(-2), 3, 1),
            },
            on: RunDate.AddDays(-1));
        await RunAsync(
            RunState.Open, [.. Enumerable.Repeat(DeliveryState.Sent, 20), DeliveryState.Rejected, DeliveryState.Deferred],
            run => run with { Due = now.AddMinutes(-2), Started = now.AddMinutes(-2) },
            control => control with { Sent = 12_480, Other = 37, Exhausted = false, Cursor = new string('9', 32) });
        await RunAsync(
            RunState.Open, [DeliveryState.Sent, DeliveryState.Deferred], part: control => control with
            {
                Sent = 310,
                Trouble = "535 5.7.8 authentication failed",
                NextRetry = now.AddMinutes(4),
            },
            cohort: new Cohort("America/New_York", 5, Rhythm.Daily).Key);
        await RunAsync(
            RunState.Skipped, [], run => run with { Missed = true, Why = "the service was not running at 2026-03-02 05:00 UTC" },
            cohort: new Cohort("Europe/Athens", 7, Rhythm.Daily).Key);
        await RunAsync(RunState.Closed, mixed[..40], cohort: new Cohort("Asia/Tokyo", 18, Rhythm.Daily).Key);
        await Get<CohortStore>().EnsureAsync(new Cohort("Europe/Paris", 18, Rhythm.Daily), CancellationToken.None);
        var feeds = Get<FeedStore>();
        await feeds.AddAsync("https://wire.example.com/rss", "The Wire", StoryKind.Article, false, CancellationToken.None);
        for (var times = 0; times < 4; times++)
        {
            await feeds.RecordAsync(
                Feed.IdOf("https://wire.example.com/rss"), new FeedReading.Failed("404 Not Found"), now, CancellationToken.None);
        }
    }

    /// <summary>The id of the reader of that number.</summary>
    public static string Reader(int index) => string.Create(CultureInfo.InvariantCulture, $"{index + 1:x8}{new string('a', 24)}");

    public Task<Run?> RunAsync(string? cohort = null) => Get<RunStore>().GetAsync(RunDate, cohort ?? Home, CancellationToken.None);

    private async Task DeliveryAsync(Run run, string id, DeliveryState state)
    {
        var until = state is DeliveryState.Deferred or DeliveryState.Unknown ? Time.GetUtcNow().AddMinutes(40) : (DateTimeOffset?)null;
        var row = new DeliveryRow
        {
            SubscriberId = id,
            Cohort = run.Cohort,
            State = state,
            Attempts = 1,
            Breaks = state is DeliveryState.Unknown or DeliveryState.Held ? 1 : 0,
            Reply = state switch
            {
                DeliveryState.Rejected => "552 5.2.2 mailbox full",
                DeliveryState.Deferred => "451 4.3.0 try again later",
                _ => "250 2.0.0 queued",
            },
            Reason = state switch { DeliveryState.Rejected => "mailbox-full", DeliveryState.Expired => "deadline passed", _ => null },
            At = Time.GetUtcNow().AddHours(-3),
            Until = until,
        };
        var part = new Part(run.Date, Part.SliceOf(id, run.Slices), run.Cohort);
        await Get<ITableStore>().WriteAsync(Tables.Ledger, part.Partition, TableWrite.Insert(row.ToRow()), CancellationToken.None);
        if (until is { } later)
        {
            await Get<ITableStore>().WriteAsync(
                Tables.Ledger, part.Partition, TableWrite.Upsert(new TableRow(part.RetryKey(later, id))), CancellationToken.None);
        }
    }

    private async Task ReaderAsync(string id, Cohort cohort)
    {
        var person = new Subscriber
        {
            Id = id,
            Address = id[..8] + "@example.com",
            Status = SubscriberStatus.Active,
            Zone = cohort.Zone,
            Hour = cohort.Hour,
            Rhythm = cohort.Rhythm,
            Language = "en",
            Consent = new Consent(Time.GetUtcNow().AddDays(-30), "test", "1", "en", null),
            Created = Time.GetUtcNow().AddDays(-30),
        };
        await Get<ChangeSubscriber>().ExecuteAsync(id, _ => person, CancellationToken.None);
    }
}
