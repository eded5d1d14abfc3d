using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Tests.Delivery;

public sealed class HintTests
{
    private readonly World world = new();

    private static string Hint => new Part(new DateOnly(2026, 3, 2), Part.Whole, new Cohort(World.Utc, 7, Rhythm.Daily).Key).ToString();

    [Fact]
    public async Task A_hint_that_comes_twice_delivers_once()
    {
        await ReadyAsync();
        await world.Program.TickAsync();
        for (var i = 0; i < 6; i++)
        {
            await world.Queues.EnqueueAsync(Queues.Deliver, Hint, TimeSpan.Zero, World.Cancellation);
        }

        await world.Program.DeliverAsync();
        Assert.Equal(20, world.Relay.Inbox.Count);
        Assert.Equal(0, world.Queues.Count);
    }

    [Fact]
    public async Task A_lost_hint_is_replaced_by_the_sweep()
    {
        await ReadyAsync();
        await world.Program.TickAsync();
        foreach (var message in await world.Queues.ReceiveAsync(Queues.Deliver, 32, TimeSpan.FromSeconds(1), World.Cancellation))
        {
            await world.Queues.CompleteAsync(message, World.Cancellation);
        }

        await world.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(20, world.Relay.Inbox.Count);
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
        await world.Queues.EnqueueAsync(Queues.Deliver, text, TimeSpan.Zero, World.Cancellation);
        await world.Program.DeliverAsync();

        Assert.Equal(0, world.Queues.Count);
        Assert.Empty(world.Relay.Offered);
    }

    [Fact]
    public async Task A_hint_whose_part_throws_comes_again_and_does_not_disturb_the_others()
    {
        await world.SubscribeAsync(zone: "Africa/Abidjan");
        await ReadyAsync();
        await world.Program.TickAsync();
        var broken = new Cohort("Africa/Abidjan", 7, Rhythm.Daily).Key;
        world.Program.Plan.Before = call => call is { Operation: "Get", Place: Tables.Digests } && call.OperationNumber % 2 == 0
            ? throw new StorageException("Out of reach.") : Task.CompletedTask;
        await world.Program.DeliverAsync();
        world.Program.Plan.Before = null;
        await world.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(21, world.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.Equal(21, world.Relay.Inbox.Count);
        Assert.Equal(0, world.Queues.Count);
        Assert.Equal(RunState.Closed, (await world.RunOfAsync(world.Today, broken))!.State);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_part_that_waits_for_the_relay_keeps_no_other_from_beginning()
    {
        string[] zones = [World.Utc, "Africa/Abidjan", "Africa/Accra", "Africa/Dakar", "Africa/Bamako", "Africa/Lome", "Africa/Nouakchott"];
        foreach (var zone in zones)
        {
            await world.SubscribeAsync(zone: zone);
        }

        await world.PublishAsync();
        world.GoTo(2, 7);
        await world.Program.TickAsync();
        var (offered, answered, others) = (0, 0, new TaskCompletionSource());
        world.Relay.Answer = async (_, _) =>
        {
            if (Interlocked.Increment(ref offered) == 1)
            {
                await others.Task.WaitAsync(World.Cancellation);
            }
            else if (Interlocked.Increment(ref answered) == zones.Length - 1)
            {
                others.SetResult();
            }

            return ScriptedRelay.Ok;
        };

        await world.Program.DeliverAsync().WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(zones.Length, world.Relay.Inbox.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_part_whose_senders_die_is_given_up_and_not_held_for_ever()
    {
        await ReadyAsync();
        await world.Program.TickAsync();
        world.Relay.Opening = () => throw new InvalidOperationException("There is no way out.");
        await world.Program.DeliverAsync().WaitAsync(TestContext.Current.CancellationToken);
        world.Relay.Opening = null;

        await world.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(20, world.Relay.Inbox.Count);
        Assert.All(world.Ledger(world.Today), row => Assert.Equal(DeliveryState.Sent, row.State));
    }

    [Fact]
    public async Task A_queue_that_takes_no_hint_back_does_not_disturb_the_other_parts()
    {
        await world.SubscribeAsync(zone: "Africa/Abidjan");
        await ReadyAsync();
        await world.Program.TickAsync();
        var first = 1;
        world.Program.Plan.Before = call =>
            call.Operation is "Abandon" || (call is { Operation: "Get", Place: Tables.Digests } && Interlocked.Exchange(ref first, 0) == 1)
                ? throw new StorageException("Out of reach.") : Task.CompletedTask;

        await world.Program.DeliverAsync();

        Assert.Equal(0, first);
        Assert.InRange(world.Relay.Inbox.Count, 1, 20);
        world.Program.Plan.Before = null;
        await world.RunAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(21, world.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_run_that_was_paused_for_days_is_swept_when_it_goes_on()
    {
        await ReadyAsync();
        world.Relay.AnswerWith(_ => ScriptedRelay.Later);
        await world.Program.RunOnceAsync();
        await world.SteerAsync(control => control with { Paused = true });
        var date = world.Today;
        for (var day = 3; day < 10; day++)
        {
            world.GoTo(day, 12);
            await world.Program.RunOnceAsync();
        }

        // Whoever lets it go on is stopped before the parts follow and the hints are out.
        Assert.NotNull(await new RunStore(world.Tables).ChangeAsync((await world.RunOfAsync(date))! with { Paused = false }, World.Cancellation));
        await world.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(RunState.Closed, (await world.RunOfAsync(date))!.State);
    }

    [Fact]
    public async Task A_long_row_of_people_who_left_neither_stops_nor_hides_those_behind_them()
    {
        var ids = await world.SubscribeAsync(30);
        await world.PublishAsync();
        var cohort = new Cohort(World.Utc, 7, Rhythm.Daily);
        var audience = world.Program.Get<AudienceStore>();
        for (var i = 0; i < 2_500; i++)
        {
            var gone = new AudienceEntry($"{i:x8}{new string('0', 24)}", "", "en", [], world.Today, null, true, 1);
            await audience.ProjectAsync(cohort, gone, World.Cancellation);
        }

        world.GoTo(2, 7);
        await world.Program.RunOnceAsync();

        Assert.Equal(30, world.Relay.Inbox.Count);
        Assert.Equal(30, world.Ledger(world.Today).Count);
        Assert.True(Assert.Single(world.Controls()).Exhausted);
        Assert.NotEmpty(ids);
    }

    private async Task ReadyAsync()
    {
        await world.SubscribeAsync(20);
        await world.PublishAsync();
        world.GoTo(2, 7);
    }
}
