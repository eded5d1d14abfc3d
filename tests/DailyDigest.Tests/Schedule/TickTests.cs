using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Tests.Delivery;

namespace DailyDigest.Tests.Schedule;

public sealed partial class TickTests
{
    private readonly World world = new();

    [Fact]
    public async Task Every_active_subscriber_of_a_due_cohort_gets_one_mail()
    {
        var ids = await world.SubscribeAsync(7);
        var later = await world.SubscribeAsync(hour: 9);
        await world.PublishAsync();
        world.GoTo(2, 6, 59);
        await world.Program.RunOnceAsync();
        Assert.Empty(world.Relay.Offered);

        world.GoTo(2, 7);
        await world.Program.RunOnceAsync();

        Assert.Equal(ids.Select(World.Address).Order(), world.Relay.Inbox.Select(seen => seen.To).Order());
        Assert.DoesNotContain(world.Relay.Inbox, seen => seen.To == World.Address(later));
        var run = await world.RunOfAsync(world.Today);
        Assert.Equal(RunState.Closed, run!.State);
        Assert.Equal(7, run.Counts[DeliveryState.Sent]);
        Assert.Equal(0, world.Relay.Open);
        Assert.Equal(0, world.Queues.Count);
    }

    [Fact]
    public async Task Two_ticks_at_once_make_one_run()
    {
        await world.SubscribeAsync(20);
        await world.PublishAsync();
        world.GoTo(2, 7);
        var (one, other) = (world.Start(), world.Start());

        await Task.WhenAll(one.TickAsync(), other.TickAsync());
        await Task.WhenAll(one.DeliverAsync(), other.DeliverAsync());
        await Task.WhenAll(one.RunOnceAsync(), other.RunOnceAsync());

        Assert.Equal(20, world.Relay.Inbox.Count);
        Assert.Equal(20, world.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.Equal(RunState.Closed, (await world.RunOfAsync(world.Today))!.State);
    }

    [Fact]
    public async Task A_tick_that_is_interrupted_anywhere_by_another_makes_one_run()
    {
        await world.SubscribeAsync(2);
        await world.PublishAsync();
        world.GoTo(2, 7);
        var (one, other) = (world.Start(), world.Start());
        one.Plan.Before = async _ => await other.RunOnceAsync();

        await one.RunOnceAsync();

        Assert.Equal(2, world.Relay.Inbox.Count);
        Assert.Equal(2, world.Ledger(world.Today).Count);
    }

    [Fact]
    public async Task A_late_tick_inside_the_window_makes_the_run_and_a_second_tick_none()
    {
        await world.SubscribeAsync(3);
        await world.PublishAsync();
        world.GoTo(2, 12, 59);
        await world.Program.RunOnceAsync();
        world.GoTo(2, 13);
        await world.Program.RunOnceAsync();

        Assert.Equal(3, world.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_program_that_finds_a_preparation_too_late_does_not_take_the_history_of_one_that_opens_it_meanwhile()
    {
        await world.SubscribeAsync();
        var title = await world.PublishAsync();
        world.GoTo(2, 12, 59);
        var (slow, other) = (world.Start(), world.Start());
        var (skips, opened) = (new TaskCompletionSource(), new TaskCompletionSource());
        var late = Task.CompletedTask;
        var writes = 0;
        other.Plan.Before = call =>
        {
            // Its first write finds the run that stands, its second is to say that it is skipped.
            var skipping = call is { Operation: "Write", Place: Tables.Runs } && ++writes == 2 && skips.TrySetResult();
            return skipping ? opened.Task : Task.CompletedTask;
        };
        slow.Plan.Before = async call =>
        {
            if (call is { Operation: "Write", Place: Tables.Runs } && world.Controls().Count > 0)
            {
                slow.Plan.Before = null;
                world.GoTo(2, 13, 1);
                late = other.Get<Sweep>().ExecuteAsync(World.Cancellation);
                await Task.WhenAny(skips.Task, late);
            }
        };
        await slow.TickAsync();
        opened.SetResult();
        await late;
        await world.Program.DeliverAsync();
        Assert.Contains(title, Assert.Single(world.Relay.Inbox).Subject, StringComparison.Ordinal);

        world.GoTo(3, 7);
        await world.PublishAsync();
        await world.Program.RunOnceAsync();
        Assert.DoesNotContain(title, world.Relay.Inbox.Last().Subject, StringComparison.Ordinal);
        Assert.Contains(world.Tables.Everything, one => one.Table == Tables.SentStories && one.Row.Text("title") == title);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_begun_at_an_operators_word_is_not_skipped_by_a_tick_beside_it(bool breaksOff)
    {
        await world.SubscribeAsync();
        await world.PublishAsync();
        await world.Program.TickAsync();
        world.GoTo(2, 23);
        var operators = world.Start();
        operators.Plan.Before = async call =>
        {
            if (await world.RunOfAsync(world.Today) is { State: RunState.Preparing } && call.Place != Tables.Runs)
            {
                operators.Plan.Before = null;
                await world.Program.TickAsync();
                if (breaksOff)
                {
                    throw new StorageException("gone");
                }
            }
        };
        var begin = operators.Get<BeginDate>().ExecuteAsync(world.Today, World.Cancellation);
        await (breaksOff ? Assert.ThrowsAsync<StorageException>(() => begin) : (Task)begin);
        await world.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Single(world.Relay.Inbox);
    }

    [Fact]
    public async Task A_date_with_many_readers_is_cut_into_sixteen_slices_from_its_first_run_on()
    {
        var many = new World(("Delivery:SliceFrom", "40"));
        await many.SubscribeAsync(40);
        await many.PublishAsync();
        many.GoTo(2, 7);
        await many.Program.RunOnceAsync();

        Assert.Equal(16, (await many.RunOfAsync(many.Today))!.Slices);
        Assert.Equal(40, many.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.Equal(RunState.Closed, (await many.RunOfAsync(many.Today))!.State);

        // From then on the last run's audience says it.
        many.GoTo(3, 7);
        await many.PublishAsync();
        await many.Program.RunOnceAsync();
        Assert.Equal(16, (await many.RunOfAsync(many.Today))!.Slices);
        Assert.Equal(80, many.Relay.Inbox.Count);
    }
}
