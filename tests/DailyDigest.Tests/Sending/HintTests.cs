using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

public sealed class HintTests
{
    private readonly DeliveryFixture fixture = new();

    private static string Hint =>
        new Part(new DateOnly(2026, 3, 2), Part.Whole, new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key).ToString();

    [Fact]
    public async Task A_hint_that_comes_twice_delivers_once()
    {
        await ReadyAsync();
        await fixture.Program.TickAsync();
        for (var i = 0; i < 6; i++)
        {
            await fixture.Queues.EnqueueAsync(Queues.Deliver, Hint, TimeSpan.Zero, DeliveryFixture.Cancellation);
        }

        await fixture.Program.DeliverAsync();
        Assert.Equal(20, fixture.Relay.Inbox.Count);
        Assert.Equal(0, fixture.Queues.Count);
    }

    [Fact]
    public async Task A_lost_hint_is_replaced_by_the_sweep()
    {
        await ReadyAsync();
        await fixture.Program.TickAsync();
        foreach (var message in
            await fixture.Queues.ReceiveAsync(Queues.Deliver, 32, TimeSpan.FromSeconds(1), DeliveryFixture.Cancellation))
        {
            await fixture.Queues.CompleteAsync(message, DeliveryFixture.Cancellation);
        }

        await fixture.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(20, fixture.Relay.Inbox.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("2026-03-02")]
    [InlineData("2026-03-02 all")]
    [InlineData("2026-03-02 all daily_07_Etc/UTC")]
    [InlineData("2026-03-02 all daily_07_Europe/Paris")]
    [InlineData("2026-03-02 all daily_24_Etc.UTC")]
    [InlineData("2026-03-02 all daily_7_Etc.UTC")]
    [InlineData("2026-03-02 all hourly_07_Etc.UTC")]
    [InlineData("2026-03-02 all daily_07_Etc.UTC ")]
    [InlineData("2026-03-02 g daily_07_Etc.UTC")]
    [InlineData("2026-03-02 ../0 daily_07_Etc.UTC")]
    [InlineData("2026-02-30 all daily_07_Etc.UTC")]
    [InlineData("0001-01-01 all daily_07_Etc.UTC")]
    [InlineData("9999-12-31 all daily_07_Etc.UTC")]
    [InlineData("2026-03-02 f daily_07_Etc.UTC")]
    [InlineData("{\"hint\":\"\\u0000\"}")]
    [InlineData("2026-03-02 all daily_07_\0\n#?")]
    public async Task A_hostile_hint_is_read_and_thrown_away(string text)
    {
        await fixture.Queues.EnqueueAsync(Queues.Deliver, text, TimeSpan.Zero, DeliveryFixture.Cancellation);
        await fixture.Program.DeliverAsync();

        Assert.Equal(0, fixture.Queues.Count);
        Assert.Empty(fixture.Relay.Offered);
    }

    [Fact]
    public async Task A_hint_whose_part_throws_comes_again_and_does_not_disturb_the_others()
    {
        await fixture.SubscribeAsync(zone: "Africa/Abidjan");
        await ReadyAsync();
        await fixture.Program.TickAsync();
        var broken = new Cohort("Africa/Abidjan", 7, Rhythm.Daily).Key;
        fixture.Program.Plan.Before = call => call is { Operation: "Get", Place: Tables.Digests } && call.OperationNumber % 2 == 0
            ? throw new StorageException("Out of reach.") : Task.CompletedTask;
        await fixture.Program.DeliverAsync();
        fixture.Program.Plan.Before = null;
        await fixture.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(21, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.Equal(21, fixture.Relay.Inbox.Count);
        Assert.Equal(0, fixture.Queues.Count);
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today, broken))!.State);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_part_that_waits_for_the_relay_keeps_no_other_from_beginning()
    {
        string[] zones =
            [DeliveryFixture.Utc, "Africa/Abidjan", "Africa/Accra", "Africa/Dakar", "Africa/Bamako", "Africa/Lome", "Africa/Nouakchott"];
        foreach (var zone in zones)
        {
            await fixture.SubscribeAsync(zone: zone);
        }

        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        var (offered, answered, others) = (0, 0, new TaskCompletionSource());
        fixture.Relay.Answer = async (_, _) =>
        {
            if (Interlocked.Increment(ref offered) == 1)
            {
                await others.Task.WaitAsync(DeliveryFixture.Cancellation);
            }
            else if (Interlocked.Increment(ref answered) == zones.Length - 1)
            {
                others.SetResult();
            }

            return ScriptedRelay.Ok;
        };

        await fixture.Program.DeliverAsync().WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(zones.Length, fixture.Relay.Inbox.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_part_whose_senders_die_is_given_up_and_not_held_for_ever()
    {
        await ReadyAsync();
        await fixture.Program.TickAsync();
        fixture.Relay.Opening = () => throw new InvalidOperationException("There is no way out.");
        await fixture.Program.DeliverAsync().WaitAsync(TestContext.Current.CancellationToken);
        fixture.Relay.Opening = null;

        await fixture.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(20, fixture.Relay.Inbox.Count);
        Assert.All(fixture.Ledger(fixture.Today), row => Assert.Equal(DeliveryState.Sent, row.State));
    }

    [Fact]
    public async Task A_queue_that_takes_no_hint_back_does_not_disturb_the_other_parts()
    {
        await fixture.SubscribeAsync(zone: "Africa/Abidjan");
        await ReadyAsync();
        await fixture.Program.TickAsync();
        var first = 1;
        fixture.Program.Plan.Before = call =>
            call.Operation is "Abandon" || (call is { Operation: "Get", Place: Tables.Digests } && Interlocked.Exchange(ref first, 0) == 1)
                ? throw new StorageException("Out of reach.") : Task.CompletedTask;

        await fixture.Program.DeliverAsync();

        Assert.Equal(0, first);
        Assert.InRange(fixture.Relay.Inbox.Count, 1, 20);
        fixture.Program.Plan.Before = null;
        await fixture.RunAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(21, fixture.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_run_that_was_paused_for_days_is_swept_when_it_goes_on()
    {
        await ReadyAsync();
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Later);
        await fixture.Program.RunOnceAsync();
        await fixture.SteerAsync(control => control with { Paused = true });
        var date = fixture.Today;
        for (var day = 3; day < 10; day++)
        {
            fixture.GoTo(day, 12);
            await fixture.Program.RunOnceAsync();
        }

        // The command that resumes it is stopped before it has changed the parts and sent the hints.
        Assert.NotNull(await new RunStore(fixture.Tables)
            .ChangeAsync((await fixture.RunOfAsync(date))! with { Paused = false }, DeliveryFixture.Cancellation));
        await fixture.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(date))!.State);
    }

    [Fact]
    public async Task A_long_row_of_people_who_left_neither_stops_nor_hides_those_behind_them()
    {
        var ids = await fixture.SubscribeAsync(30);
        await fixture.PublishAsync();
        var cohort = new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily);
        var audience = fixture.Program.Get<AudienceStore>();
        for (var i = 0; i < 2_500; i++)
        {
            var gone = new AudienceEntry($"{i:x8}{new string('0', 24)}", "", "en", [], fixture.Today, null, true, 1);
            await audience.ProjectAsync(cohort, gone, DeliveryFixture.Cancellation);
        }

        fixture.GoTo(2, 7);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(30, fixture.Relay.Inbox.Count);
        Assert.Equal(30, fixture.Ledger(fixture.Today).Count);
        Assert.True(Assert.Single(fixture.Controls()).Exhausted);
        Assert.NotEmpty(ids);
    }

    private async Task ReadyAsync()
    {
        await fixture.SubscribeAsync(20);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
    }
}
