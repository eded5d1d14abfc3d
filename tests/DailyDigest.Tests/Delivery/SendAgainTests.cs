using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Repair;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;

namespace DailyDigest.Tests.Delivery;

/// <summary>Sending to those whom a run missed, and to nobody else.</summary>
public sealed class SendAgainTests
{
    private const int Readers = 40;
    private static readonly SendResult Full = new(SendOutcome.Rejected, "552 5.2.2 mailbox full", "mailbox-full");

    private World world = new(("Delivery:Deadline", "00:10:00"));
    private IReadOnlyList<string> ids = [];

    private string[] Missing => [.. ids.Take(16)];

    [Fact]
    public async Task Exactly_those_who_did_not_get_it_are_found_and_get_it_once()
    {
        await MissSomeAsync();
        var before = world.Relay.Inbox.Count;

        var counted = await AgainAsync(SendAgainTo.Missing, dryRun: true);
        Assert.Equal("expired=8, rejected: mailbox-full=8", string.Join(", ", counted.Found.Select(pair => $"{pair.Key}={pair.Value}")));
        Assert.Equal((RunState.Closed, before), ((await RunAsync()).State, world.Relay.Inbox.Count));

        var again = await AgainAsync(SendAgainTo.Missing);
        Assert.Equal((16, 0, 0), (again.Total, again.Left, again.InOtherHands));
        await world.RunAsync(TimeSpan.FromMinutes(3));
        await CheckAsync(before);
        Assert.Equal(0, (await AgainAsync(SendAgainTo.Missing)).Total);
        Assert.Equal(RunState.Closed, (await RunAsync()).State);
    }

    [Theory]
    [InlineData("1000", false)]
    [InlineData("1000", true)]
    [InlineData("1", true)]
    public async Task Stopped_at_any_write_and_called_again_each_missing_reader_gets_one_and_nobody_else_any(string sliceFrom, bool after)
    {
        for (var at = 1; ; at++)
        {
            world = new World(("Delivery:Deadline", "00:10:00"), ("Delivery:SliceFrom", sliceFrom));
            await MissSomeAsync();
            var before = world.Relay.Inbox.Count;
            var verb = world.Start(after ? new FaultPlan { StopAfter = at } : new FaultPlan { StopBefore = at });
            await Record.ExceptionAsync(() => AgainAsync(SendAgainTo.Missing, program: verb));
            await world.RunAsync(TimeSpan.FromMinutes(4));
            await AgainAsync(SendAgainTo.Missing);
            await world.RunAsync(TimeSpan.FromMinutes(4));
            await CheckAsync(before);
            if (!verb.Plan.Stopped)
            {
                Assert.InRange(at, 5, 200);
                return;
            }

            // Many parts: each step is the same as the first ones.
            at += at > 20 ? 6 : 0;
        }
    }

    [Fact]
    public async Task A_worker_that_read_the_run_before_it_was_sent_again_goes_by_the_new_deadline()
    {
        ids = await world.SubscribeAsync(Readers);
        await world.PublishAsync();
        world.GoTo(2, 7);
        var full = Missing.Select(World.Address).ToHashSet();
        world.Relay.AnswerWith(mail => mail.To == World.Address(ids[^1]) ? ScriptedRelay.Later : full.Contains(mail.To) ? Full : ScriptedRelay.Ok);
        await world.Program.RunOnceAsync();
        world.Relay.Answer = null;
        world.GoTo(2, 7, 9);
        var worker = world.Start();
        var asked = false;
        worker.Plan.Before = async call =>
        {
            if (!asked && call is { Operation: "Get", Place: Tables.Ledger })
            {
                asked = true;
                Assert.Equal(Missing.Length, (await AgainAsync(SendAgainTo.Missing)).Total);
                world.Advance(TimeSpan.FromMinutes(2));
            }
        };
        await worker.Get<DeliverPart>().ExecuteAsync(
            new Part(world.Today, Part.Whole, new Cohort(World.Utc, 7, Rhythm.Daily).Key).ToString(), World.Cancellation);

        Assert.True(asked);
        Assert.All(Missing, id => Assert.Equal(DeliveryState.Sent, world.Delivery(id).State));
    }

    [Fact]
    public async Task A_service_that_runs_between_any_two_steps_and_a_second_call_beside_it_double_nothing()
    {
        await MissSomeAsync();
        var before = world.Relay.Inbox.Count;
        var (one, other, service) = (world.Start(), world.Start(), world.Start());
        one.Plan.Before = async call =>
        {
            await service.RunOnceAsync();
            if (call.Writes)
            {
                await AgainAsync(SendAgainTo.Missing, program: other);
            }
        };
        await AgainAsync(SendAgainTo.Missing, program: one);
        await AgainAsync(SendAgainTo.Missing);
        await world.RunAsync(TimeSpan.FromMinutes(3));
        await CheckAsync(before);
    }

    [Fact]
    public async Task Who_left_since_gets_nothing_and_who_is_projected_late_is_not_forgotten()
    {
        await MissSomeAsync();
        var before = world.Relay.Inbox.Count;
        await world.Program.Get<Unsubscribe>().ExecuteAsync(ids[0], World.Cancellation);
        var late = await world.SubscribeAsync();
        var audience = world.Program.Get<AudienceStore>();
        var cohort = new Cohort(World.Utc, 7, Rhythm.Daily);
        var entry = (await audience.GetAsync(cohort, late, World.Cancellation))!;
        await audience.ProjectAsync(cohort, entry with { From = world.Today, Version = entry.Version + 1 }, World.Cancellation);

        var again = await AgainAsync(SendAgainTo.Missing);
        Assert.Equal((16, 1, 1), (again.Total, again.Left, again.Found["not taken up"]));

        // Also whoever leaves after that.
        await world.Program.Get<Unsubscribe>().ExecuteAsync(ids[1], World.Cancellation);
        await world.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(before + 15, world.Relay.Inbox.Count);
        Assert.Single(world.Relay.Inbox, seen => seen.To == World.Address(late));
        Assert.DoesNotContain(world.Relay.Inbox, seen => seen.To == World.Address(ids[0]) || seen.To == World.Address(ids[1]));
        Assert.Equal(Readers + 1, (await RunAsync()).Counts.Values.Sum());
    }

    [Fact]
    public async Task A_part_in_a_workers_hands_is_said_and_stays_as_it_is()
    {
        await MissSomeAsync();
        // A worker of another machine has just taken it.
        await world.SteerAsync(control => control with { Owner = "elsewhere:1:2:3", Sequence = control.Sequence + 1 });
        var again = await AgainAsync(SendAgainTo.Missing);
        Assert.Equal((0, 16, RunState.Closed), (again.Total, again.InOtherHands, again.Run.State));
        Assert.Equal(8, world.Ledger(world.Today).Count(row => row.State == DeliveryState.Expired));

        world.Advance(TimeSpan.FromSeconds(91));
        Assert.Equal(16, (await AgainAsync(SendAgainTo.Missing)).Total);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cancelled_run_is_sent_after_all_and_its_news_is_told_once(bool underWay)
    {
        world = new World();
        ids = await world.SubscribeAsync(10);
        var title = await world.PublishAsync();
        world.GoTo(2, 7);
        await world.Program.TickAsync();
        await world.Program.Get<SteerRun>().ExecuteAsync(world.Today, new Cohort(World.Utc, 7, Rhythm.Daily).Key, RunOrder.Cancel, World.Cancellation);
        if (!underWay)
        {
            await world.Program.DeliverAsync();
            var run = await RunAsync();
            Assert.Equal((RunState.Closed, false, 10L), (run.State, run.Told, run.Counts[DeliveryState.Withheld]));
        }

        await AgainAsync(SendAgainTo.Missing);
        await world.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(10, world.Relay.Inbox.Count);
        Assert.True((await RunAsync()).Told);

        world.GoTo(3, 6);
        await world.PublishAsync();
        world.GoTo(3, 7);
        await world.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(20, world.Relay.Inbox.Count);
        Assert.All(world.Relay.Inbox.Skip(10), seen => Assert.DoesNotContain(title, seen.Subject, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_whose_news_a_later_digest_told_an_old_one_and_a_skipped_one_are_refused()
    {
        world = new World();
        await world.SubscribeAsync(3);
        await world.PublishAsync();
        world.Relay.AnswerWith(_ => Full);
        world.GoTo(2, 7);
        await world.RunAsync(TimeSpan.FromMinutes(2));
        var first = world.Today;
        world.Relay.Answer = null;
        world.GoTo(3, 7);
        await world.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(3, world.Relay.Inbox.Count);
        Assert.Equal(SendAgainOutcome.ToldLater, (await AgainAsync(SendAgainTo.Missing, date: first)).Outcome);

        world.GoTo(4, 7);
        await world.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(SendAgainOutcome.NotDelivered, (await AgainAsync(SendAgainTo.Missing)).Outcome);
        world.GoTo(5, 6);
        Assert.Equal(SendAgainOutcome.TooOld, (await AgainAsync(SendAgainTo.Missing, date: first)).Outcome);
        Assert.Equal(3, world.Relay.Inbox.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_held_are_sent_to_at_an_operators_word_under_the_same_message_id(bool one)
    {
        await MissSomeAsync();
        var held = ids.Skip(20).Take(3).ToList();
        Assert.All(held, id => Assert.Equal(DeliveryState.Held, world.Delivery(id).State));
        var before = world.Relay.Inbox.Count;

        var again = await AgainAsync(SendAgainTo.Held, one ? held[1] : null);
        Assert.Equal(one ? 1 : 3, again.Total);
        await world.RunAsync(TimeSpan.FromMinutes(3));

        Assert.Equal(before + again.Total, world.Relay.Inbox.Count);
        Assert.All(one ? [held[1]] : held, id =>
        {
            Assert.Equal(DeliveryState.Sent, world.Delivery(id).State);
            Assert.Single(world.Relay.Inbox.Where(seen => seen.To == World.Address(id)).DistinctBy(seen => seen.MessageId));
        });
        Assert.Equal(Readers, (await RunAsync()).Counts.Values.Sum());
    }

    [Theory]
    [InlineData(SendAgainTo.Held, SendAgainTo.Missing, 3, 16)]
    [InlineData(SendAgainTo.Missing, SendAgainTo.Held, 16, 3)]
    public async Task Whom_a_call_that_was_stopped_has_turned_the_next_one_counts_and_sends_to(SendAgainTo stopped, SendAgainTo next, long turned, long found)
    {
        await MissSomeAsync();
        var before = world.Relay.Inbox.Count;

        // The parts are turned, the run is not opened.
        var verb = world.Start();
        verb.Plan.Before = call => call is { Operation: "Write", Place: Tables.Runs } ? throw new ProgramStoppedException() : Task.CompletedTask;
        await Assert.ThrowsAsync<ProgramStoppedException>(() => AgainAsync(stopped, program: verb));
        Assert.Equal((RunState.Closed, turned), ((await RunAsync()).State, world.Ledger(world.Today).Count(row => !row.IsSettled)));

        var counted = await AgainAsync(next, dryRun: true);
        Assert.Equal((found, turned), (counted.Total, counted.Waiting));
        var again = await AgainAsync(next);
        Assert.Equal((found, turned), (again.Total, again.Waiting));
        await world.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(before + turned + found, world.Relay.Inbox.Count);
    }

    [Fact]
    public async Task Who_is_in_doubt_is_held_before_the_second_copy_leaves()
    {
        world = new World();
        ids = await world.SubscribeAsync(6);
        await world.PublishAsync();
        world.GoTo(2, 7);
        world.Relay.AnswerWith(mail => mail.To == World.Address(ids[0]) ? ScriptedRelay.Broken : ScriptedRelay.Ok);
        await world.Program.RunOnceAsync();
        Assert.Equal(DeliveryState.Unknown, world.Delivery(ids[0]).State);

        var hold = world.Program.Get<HoldInDoubt>();
        Assert.Equal(new HeldReport(1, 0), await hold.ExecuteAsync(await RunAsync(), dryRun: true, World.Cancellation));
        Assert.Equal(DeliveryState.Unknown, world.Delivery(ids[0]).State);
        Assert.Equal(new HeldReport(1, 0), await hold.ExecuteAsync(await RunAsync(), dryRun: false, World.Cancellation));
        Assert.Equal(new HeldReport(0, 0), await hold.ExecuteAsync(await RunAsync(), dryRun: false, World.Cancellation));
        await world.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Single(world.Relay.Inbox, seen => seen.To == World.Address(ids[0]));
        var run = await RunAsync();
        Assert.Equal((RunState.Closed, 1L, 5L), (run.State, run.Counts[DeliveryState.Held], run.Counts[DeliveryState.Sent]));
    }

    private static bool Is(DigestMail mail, IEnumerable<string> some) => some.Any(id => mail.To == World.Address(id));

    /// <summary>A run that is over: 8 mailboxes full, 8 expired, 4 unknown to their server, 3 held, one who left, the rest sent.</summary>
    private async Task MissSomeAsync()
    {
        ids = await world.SubscribeAsync(Readers);
        await world.PublishAsync();
        world.GoTo(2, 7);
        await world.Program.TickAsync();
        await world.Program.Get<Unsubscribe>().ExecuteAsync(ids[39], World.Cancellation);
        world.Relay.AnswerWith(mail => Is(mail, ids.Take(8)) ? Full
            : Is(mail, ids.Skip(8).Take(8)) ? ScriptedRelay.Later
            : Is(mail, ids.Skip(16).Take(4)) ? ScriptedRelay.Never
            : Is(mail, ids.Skip(20).Take(3)) ? ScriptedRelay.Broken
            : ScriptedRelay.Ok);
        await world.RunAsync(TimeSpan.FromMinutes(16));
        Assert.Equal(RunState.Closed, (await RunAsync()).State);
        world.Relay.Answer = null;
    }

    private async Task<Run> RunAsync(DateOnly? date = null) => (await world.RunOfAsync(date ?? world.Today))!;

    private async Task<SendAgainReport> AgainAsync(
        SendAgainTo to, string? only = null, bool dryRun = false, Program? program = null, DateOnly? date = null) =>
        await (program ?? world.Program).Get<SendAgain>().ExecuteAsync(await RunAsync(date), to, only, dryRun, World.Cancellation);

    private async Task CheckAsync(int before)
    {
        Assert.Equal(before + Missing.Length, world.Relay.Inbox.Count);
        Assert.All(Missing, id => Assert.Single(world.Relay.Inbox, seen => seen.To == World.Address(id)));
        var run = await RunAsync();
        Assert.Equal((RunState.Closed, Readers), (run.State, run.Counts.Values.Sum()));
        Assert.Equal((4L, 3L, 1L), (run.Counts[DeliveryState.Rejected], run.Counts[DeliveryState.Held], run.Counts[DeliveryState.Withheld]));
        Assert.All(world.Controls(), control => Assert.True(control is { Done: true, Other: >= 0 }));
    }
}
