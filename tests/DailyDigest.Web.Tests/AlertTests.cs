using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Hooks;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace DailyDigest.Web.Tests;

public sealed class AlertTests
{
    private static readonly DateOnly Today = new(2026, 3, 2);
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));
    private readonly MemoryTableStore tables;
    private readonly RelayFaults faults;
    private readonly Alerts alerts;

    public AlertTests()
    {
        tables = new MemoryTableStore(time);
        faults = new RelayFaults(tables, time);
        alerts = new Alerts(
            new FeedStore(tables), new RunStore(tables), new NoticeStore(tables), faults, new HookStore(tables, time), tables, time);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_trouble_there_are_no_alerts()
    {
        Assert.Null(await alerts.FeedsAsync(Cancellation));
        Assert.Null(await alerts.RelayAsync(Cancellation));
        Assert.Null(await alerts.RunsAsync(Cancellation));
        Assert.Null(await alerts.RefusalsAsync(Cancellation));
        Assert.Null(await alerts.NoticesAsync(Cancellation));
    }

    [Fact]
    public async Task A_mailbox_that_fails_or_has_twenty_unknown_messages_is_an_alert()
    {
        var (mailbox, states) = (Mock.Of<IReturnMailbox>(one => one.Id == "1" && one.Name == "mail:993"), new MailboxStates(tables, time));
        var services = new ServiceCollection().AddSingleton<Storage.ITableStore>(tables).AddSingleton<TimeProvider>(time);
        Alerts.Add(services);
        var none = services.BuildServiceProvider();
        var some = services.AddSingleton(mailbox).BuildServiceProvider();
        Assert.Equal((null, null), (await TextAsync(none, "mailbox"), await TextAsync(none, "returns")));

        await SetAsync(new MailboxState { SetAside = 19 });
        Assert.Equal((null, null), (await TextAsync(some, "mailbox"), await TextAsync(some, "returns")));
        await SetAsync(new MailboxState { Failures = 1, SetAside = 20, Since = time.GetUtcNow(), Reply = "login refused" });
        Assert.Equal("mailbox mail:993 cannot be read since 2026-03-02 10:00 UTC: login refused", await TextAsync(some, "mailbox"));
        Assert.Equal("20 messages in mailbox mail:993 are of no known kind and wait for a person", await TextAsync(some, "returns"));

        async Task SetAsync(MailboxState state) =>
            await states.ReleaseAsync("1", (await states.TakeAsync("1", evenEarly: true, Cancellation))!, state, Cancellation);

        static Task<string?> TextAsync(ServiceProvider provider, string name) =>
            provider.GetServices<Alert>().Single(alert => alert.Name == name).CheckAsync(Cancellation);
    }

    [Fact]
    public async Task A_web_hook_is_an_alert_from_its_third_failure_on_and_when_switched_off()
    {
        var hooks = new HookStore(tables, time);
        var hook = await hooks.AddAsync("https://hooks.example.com/token", [HookTypes.RunBegun], false, [1], Cancellation);
        await SetAsync(HookState.On, 2);
        Assert.Null(await alerts.HooksAsync(Cancellation));
        await SetAsync(HookState.On, 3);
        Assert.Equal($"web hook {hook.Id} fails: 500 Internal Server Error", await alerts.HooksAsync(Cancellation));
        await SetAsync(HookState.Failing, 12);
        Assert.Equal($"web hook {hook.Id} is switched off: 500 Internal Server Error", await alerts.HooksAsync(Cancellation));
        await SetAsync(HookState.Off, 12);
        Assert.Null(await alerts.HooksAsync(Cancellation));

        Task SetAsync(HookState state, int failures) => hooks.ChangeAsync(
            hook.Id, known => known with { State = state, Failures = failures, LastError = "500 Internal Server Error" }, Cancellation);
    }

    [Theory]
    [InlineData(31, true)]
    [InlineData(32, false)]
    public async Task A_run_that_waits_for_an_operator_is_an_alert_for_a_month(int daysBack, bool raised)
    {
        var then = time.GetUtcNow().AddDays(-daysBack);
        await new RestoreHolds(tables).AddAsync(new RestoreHold(1, null, then, then), Cancellation);
        await new RunStore(tables).BeginAsync(
            new Run
            {
                Date = Today.AddDays(-daysBack),
                Cohort = "daily_07_Etc.UTC",
                State = RunState.Preparing,
                Due = then,
                Started = then,
                Deadline = then.AddHours(12),
                Held = true,
            },
            Cancellation);

        Assert.Equal(raised, await alerts.RestoreAsync(Cancellation) is not null);
    }

    [Fact]
    public async Task A_relay_that_cannot_be_used_is_an_alert_from_its_first_failure_until_it_works()
    {
        await faults.RecordAsync("smtp.example.com", "login refused: 535 reader@example.com", Cancellation);
        time.Advance(TimeSpan.FromHours(1));
        await faults.RecordAsync("smtp.example.com", "TLS failed: the certificate has expired", Cancellation);
        await faults.RecordAsync("", "550 sender refused\r\nreader@example.com", Cancellation);

        var text = await alerts.RelayAsync(Cancellation);

        Assert.Equal(
            "relay smtp.example.com cannot be used since 2026-03-02 10:00 UTC: TLS failed: the certificate has expired; "
            + "the relay cannot be used since 2026-03-02 11:00 UTC: 550 sender refused <address>", text);

        // Another process, which has not seen the failure, finds that the relay works.
        var other = new RelayFaults(tables, time);
        await other.ClearAsync("smtp.example.com", Cancellation);
        await faults.ClearAsync("", Cancellation);
        Assert.Null(await alerts.RelayAsync(Cancellation));
    }

    [Fact]
    public async Task The_fault_of_a_relay_that_was_taken_out_of_the_settings_ends_after_two_days()
    {
        await faults.RecordAsync("old.example.com", "login refused", Cancellation);
        time.Advance(TimeSpan.FromHours(47));
        Assert.NotNull(await alerts.RelayAsync(Cancellation));

        time.Advance(TimeSpan.FromHours(2));
        Assert.Null(await alerts.RelayAsync(Cancellation));
    }

    [Fact]
    public async Task A_store_that_does_not_answer_keeps_no_relay_from_working()
    {
        var store = new Mock<ITableStore>();
        store.Setup(mock => mock.WriteAsync(
                It.IsAny<string>(), It.IsAny<string>(), It.IsAny<IReadOnlyList<TableWrite>>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new StorageException("Out of reach."));
        var broken = new RelayFaults(store.Object, time);

        await broken.RecordAsync("smtp.example.com", "login refused", Cancellation);
        await broken.ClearAsync("smtp.example.com", Cancellation);

        store.Verify(mock => mock.WriteAsync(
            It.IsAny<string>(), It.IsAny<string>(), It.IsAny<IReadOnlyList<TableWrite>>(), It.IsAny<CancellationToken>()),
            Times.Exactly(2));
    }

    [Fact]
    public async Task A_feed_is_an_alert_at_the_third_failure_in_a_row()
    {
        var feeds = new FeedStore(tables);
        await feeds.AddAsync("https://news.example.com/feed", "Courier", StoryKind.Article, false, Cancellation);
        var id = (await feeds.ListAsync(Cancellation)).Single().Id;
        for (var failures = 0; failures < 3; failures++)
        {
            Assert.Null(await alerts.FeedsAsync(Cancellation));
            await feeds.RecordAsync(id, new FeedReading.Failed("404 Not Found"), time.GetUtcNow(), Cancellation);
        }

        Assert.Equal("Courier fails: 404 Not Found", await alerts.FeedsAsync(Cancellation));
    }

    [Fact]
    public async Task A_relay_that_refuses_us_is_quoted_while_its_part_waits()
    {
        await BeginAsync(RunState.Open);
        var part = new Part(Today, Part.Whole, "daily_07_Europe.Paris");
        await tables.WriteAsync(
            Tables.Ledger, part.Partition, TableWrite.Insert(new PartControl { Trouble = "535 5.7.8 bad credentials" }.ToRow(part)),
                Cancellation);
        Assert.Contains("535 5.7.8 bad credentials", await alerts.RelayAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_open_run_is_an_alert_only_after_its_deadline()
    {
        await BeginAsync(RunState.Open);
        Assert.Null(await alerts.RunsAsync(Cancellation));
        time.Advance(TimeSpan.FromHours(13));
        Assert.Contains("deadline has passed", await alerts.RunsAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missed_run_is_an_alert_and_a_day_with_too_few_stories_is_not()
    {
        await BeginAsync(RunState.Skipped, "too few stories");
        Assert.Null(await alerts.RunsAsync(Cancellation));
        await BeginAsync(RunState.Skipped, "the service was not running", cohort: "daily_08_Europe.Paris", missed: true);
        Assert.Equal("daily_08_Europe.Paris on 2026-03-02 was missed: the service was not running", await alerts.RunsAsync(Cancellation));
    }

    [Fact]
    public async Task A_digest_that_waits_for_approval_is_an_alert_until_it_is_approved()
    {
        var until = time.GetUtcNow().AddMinutes(30);
        await BeginAsync(RunState.Preparing, null, change: run => run with { AwaitsApprovalUntil = until });
        Assert.Contains("waits until", await alerts.ApprovalAsync(Cancellation), StringComparison.Ordinal);

        var run = (await new RunStore(tables).ListAsync(Today, Cancellation)).Single();
        await new RunStore(tables).ChangeAsync(run with { State = RunState.Open }, Cancellation);

        Assert.Null(await alerts.ApprovalAsync(Cancellation));
    }

    [Fact]
    public async Task Only_distrusted_refusals_are_an_alert_for_two_days()
    {
        var counts = new Dictionary<DeliveryState, long> { [DeliveryState.Sent] = 60, [DeliveryState.Rejected] = 40 };
        await BeginAsync(RunState.Closed, change: run => run with { Counts = counts, Refused = 40 });
        Assert.Null(await alerts.RefusalsAsync(Cancellation));

        await BeginAsync(
            RunState.Closed, cohort: "daily_08_Europe.Paris", change: run => run with { Counts = counts, Refused = 40, Distrusted = true });
        Assert.Equal(
            "40 of 100 readers of daily_08_Europe.Paris on 2026-03-02 were refused as unknown; none was unsubscribed",
            await alerts.RefusalsAsync(Cancellation));
        time.Advance(TimeSpan.FromDays(2));
        Assert.NotNull(await alerts.RefusalsAsync(Cancellation));
        time.Advance(TimeSpan.FromDays(1));
        Assert.Null(await alerts.RefusalsAsync(Cancellation));
    }

    [Fact]
    public async Task A_waiting_service_mail_is_an_alert_and_a_deferred_one_is_not()
    {
        var notices = new NoticeStore(tables);
        await notices.AddAsync("11111111111111111111111111111111", time.GetUtcNow(), Cancellation);
        await foreach (var due in notices.DueAsync(time.GetUtcNow(), 0, Cancellation))
        {
            await notices.PostponeAsync(due, time.GetUtcNow().AddHours(1), 4, Cancellation);
        }

        time.Advance(TimeSpan.FromMinutes(20));
        Assert.Null(await alerts.NoticesAsync(Cancellation));

        await notices.AddAsync("22222222222222222222222222222222", time.GetUtcNow(), Cancellation);
        time.Advance(TimeSpan.FromMinutes(15));
        Assert.Null(await alerts.NoticesAsync(Cancellation));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("1 service mails are waiting, the oldest since 2026-03-02 10:20 UTC", await alerts.NoticesAsync(Cancellation));
    }

    /// <summary>Anybody may request /readyz at any rate.</summary>
    [Fact]
    public async Task A_flood_of_service_mails_costs_the_alert_three_reads()
    {
        var plan = new FaultPlan();
        var counted = new NoticeStore(new FaultTableStore(tables, plan));
        for (var reader = 0; reader < 130; reader++)
        {
            await counted.AddAsync($"{reader:d32}", time.GetUtcNow(), Cancellation);
        }

        time.Advance(TimeSpan.FromHours(1));
        plan.Restart();
        var text = await new Alerts(
            new FeedStore(tables), new RunStore(tables), counted, faults, new HookStore(tables, time), tables, time)
            .NoticesAsync(Cancellation);
        Assert.StartsWith("100 or more service mails", text, StringComparison.Ordinal);
        Assert.Equal(["Query", "Query", "Query"], plan.Trace.Select(call => call.Operation));
    }

    [Fact]
    public async Task Checking_the_alerts_writes_nothing()
    {
        var store = new Mock<ITableStore>(MockBehavior.Strict);
        store.Setup(mock => mock.QueryAsync(It.IsAny<string>(), It.IsAny<string>(), It.IsAny<RowRange>(), It.IsAny<int>(),
            Cancellation)).ReturnsAsync([]);
        var looking = new Alerts(
            new FeedStore(store.Object), new RunStore(store.Object), new NoticeStore(store.Object),
            new RelayFaults(store.Object, time), new HookStore(store.Object, time), store.Object, time);
        await looking.FeedsAsync(Cancellation);
        await looking.RelayAsync(Cancellation);
        await looking.RunsAsync(Cancellation);
        await looking.RefusalsAsync(Cancellation);
        await looking.NoticesAsync(Cancellation);
        await looking.HooksAsync(Cancellation);
        store.Verify(
            mock => mock.WriteAsync(It.IsAny<string>(), It.IsAny<string>(), It.IsAny<IReadOnlyList<TableWrite>>(),
                It.IsAny<CancellationToken>()), Times.Never);
    }

    private Task<Run> BeginAsync(
        RunState state, string? why = null, string cohort = "daily_07_Europe.Paris", bool missed = false, Func<Run, Run>? change = null)
    {
        var run = new Run
        {
            Date = Today,
            Cohort = cohort,
            State = state,
            Due = time.GetUtcNow(),
            Started = time.GetUtcNow(),
            Deadline = time.GetUtcNow().AddHours(12),
            Slices = 1,
            Why = why,
            Missed = missed,
        };
        return new RunStore(tables).BeginAsync(change?.Invoke(run) ?? run, Cancellation);
    }
}
