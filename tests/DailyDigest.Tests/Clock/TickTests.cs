using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

public sealed partial class TickTests
{
    private readonly DeliveryFixture fixture = new();

    [Fact]
    public async Task Every_active_subscriber_of_a_due_cohort_gets_one_mail()
    {
        var ids = await fixture.SubscribeAsync(7);
        var later = await fixture.SubscribeAsync(hour: 9);
        await fixture.PublishAsync();
        fixture.GoTo(2, 6, 59);
        await fixture.Program.RunOnceAsync();
        Assert.Empty(fixture.Relay.Offered);

        fixture.GoTo(2, 7);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(ids.Select(DeliveryFixture.Address).Order(), fixture.Relay.Inbox.Select(seen => seen.To).Order());
        Assert.DoesNotContain(fixture.Relay.Inbox, seen => seen.To == DeliveryFixture.Address(later));
        var run = await fixture.RunOfAsync(fixture.Today);
        Assert.Equal(RunState.Closed, run!.State);
        Assert.Equal(7, run.Counts[DeliveryState.Sent]);
        Assert.Equal(0, fixture.Relay.Open);
        Assert.Equal(0, fixture.Queues.Count);
    }

    [Fact]
    public async Task Two_ticks_at_once_make_one_run()
    {
        await fixture.SubscribeAsync(20);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var (one, other) = (fixture.Start(), fixture.Start());

        await Task.WhenAll(one.TickAsync(), other.TickAsync());
        await Task.WhenAll(one.DeliverAsync(), other.DeliverAsync());
        await Task.WhenAll(one.RunOnceAsync(), other.RunOnceAsync());

        Assert.Equal(20, fixture.Relay.Inbox.Count);
        Assert.Equal(20, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today))!.State);
    }

    [Fact]
    public async Task A_tick_that_is_interrupted_anywhere_by_another_makes_one_run()
    {
        await fixture.SubscribeAsync(2);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var (one, other) = (fixture.Start(), fixture.Start());
        one.Plan.Before = async _ => await other.RunOnceAsync();

        await one.RunOnceAsync();

        Assert.Equal(2, fixture.Relay.Inbox.Count);
        Assert.Equal(2, fixture.Ledger(fixture.Today).Count);
    }

    [Fact]
    public async Task A_late_tick_inside_the_window_makes_the_run_and_a_second_tick_none()
    {
        await fixture.SubscribeAsync(3);
        await fixture.PublishAsync();
        fixture.GoTo(2, 12, 59);
        await fixture.Program.RunOnceAsync();
        fixture.GoTo(2, 13);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(3, fixture.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_late_program_does_not_remove_the_history_of_one_that_opens_the_run()
    {
        await fixture.SubscribeAsync();
        var title = await fixture.PublishAsync();
        fixture.GoTo(2, 12, 59);
        var (slow, other) = (fixture.Start(), fixture.Start());
        var (skips, opened) = (new TaskCompletionSource(), new TaskCompletionSource());
        var late = Task.CompletedTask;
        var writes = 0;
        other.Plan.Before = call =>
        {
            // Its first write finds the existing run. Its second write would mark it as skipped.
            var skipping = call is { Operation: "Write", Place: Tables.Runs }
                && Interlocked.Increment(ref writes) == 2 && skips.TrySetResult();
            return skipping ? opened.Task : Task.CompletedTask;
        };
        slow.Plan.Before = async call =>
        {
            if (call is { Operation: "Write", Place: Tables.Runs } && fixture.Controls().Count > 0)
            {
                slow.Plan.Before = null;
                fixture.GoTo(2, 13, 1);
                late = other.Get<Sweep>().ExecuteAsync(DeliveryFixture.Cancellation);
                await Task.WhenAny(skips.Task, late);
            }
        };
        await slow.TickAsync();
        opened.SetResult();
        await late;
        await fixture.Program.DeliverAsync();
        Assert.Contains(title, Assert.Single(fixture.Relay.Inbox).Subject, StringComparison.Ordinal);

        fixture.GoTo(3, 7);
        await fixture.PublishAsync();
        await fixture.Program.RunOnceAsync();
        Assert.DoesNotContain(title, fixture.Relay.Inbox.Last().Subject, StringComparison.Ordinal);
        Assert.Contains(fixture.Tables.Everything, one => one.Table == Tables.SentStories && one.Row.Text("title") == title);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_begun_at_an_operators_word_is_not_skipped_by_a_tick_beside_it(bool breaksOff)
    {
        await fixture.SubscribeAsync();
        await fixture.PublishAsync();
        await fixture.Program.TickAsync();
        fixture.GoTo(2, 23);
        var operators = fixture.Start();
        operators.Plan.Before = async call =>
        {
            if (await fixture.RunOfAsync(fixture.Today) is { State: RunState.Preparing } && call.Place != Tables.Runs)
            {
                operators.Plan.Before = null;
                await fixture.Program.TickAsync();
                if (breaksOff)
                {
                    throw new StorageException("gone");
                }
            }
        };
        var begin = operators.Get<BeginDate>().ExecuteAsync(fixture.Today, DeliveryFixture.Cancellation);
        await (breaksOff ? Assert.ThrowsAsync<StorageException>(() => begin) : (Task)begin);
        await fixture.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Single(fixture.Relay.Inbox);
    }

    [Fact]
    public async Task A_date_with_many_readers_is_cut_into_sixteen_slices_from_its_first_run_on()
    {
        var many = new DeliveryFixture(("Delivery:SliceFrom", "40"));
        await many.SubscribeAsync(40);
        await many.PublishAsync();
        many.GoTo(2, 7);
        await many.Program.RunOnceAsync();

        Assert.Equal(16, (await many.RunOfAsync(many.Today))!.Slices);
        Assert.Equal(40, many.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.Equal(RunState.Closed, (await many.RunOfAsync(many.Today))!.State);

        // From then on the audience of the last run decides.
        many.GoTo(3, 7);
        await many.PublishAsync();
        await many.Program.RunOnceAsync();
        Assert.Equal(16, (await many.RunOfAsync(many.Today))!.Slices);
        Assert.Equal(80, many.Relay.Inbox.Count);
    }
}
