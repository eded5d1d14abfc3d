using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Repair;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Repair;

/// <summary>Sending again to the readers whom a run missed, and to no others.</summary>
public sealed class SendAgainTests
{
    private const int Readers = 40;
    private static readonly SendResult Full = new(SendOutcome.Rejected, "552 5.2.2 mailbox full", "mailbox-full");

    private DeliveryFixture fixture = new(("Delivery:Deadline", "00:10:00"));
    private IReadOnlyList<string> ids = [];

    private string[] Missing => [.. ids.Take(16)];

    [Fact]
    public async Task Exactly_those_who_did_not_get_it_are_found_and_get_it_once()
    {
        await MissSomeAsync();
        var before = fixture.Relay.Inbox.Count;

        var counted = await AgainAsync(SendAgainTo.Missing, dryRun: true);
        Assert.Equal("expired=8, rejected: mailbox-full=8", string.Join(", ", counted.Found.Select(pair => $"{pair.Key}={pair.Value}")));
        Assert.Equal((RunState.Closed, before), ((await RunAsync()).State, fixture.Relay.Inbox.Count));

        var again = await AgainAsync(SendAgainTo.Missing);
        Assert.Equal((16, 0, 0), (again.Total, again.Left, again.InOtherHands));
        await fixture.RunAsync(TimeSpan.FromMinutes(3));
        await CheckAsync(before);
        Assert.Equal(0, (await AgainAsync(SendAgainTo.Missing)).Total);
        Assert.Equal(RunState.Closed, (await RunAsync()).State);
    }

    [Theory]
    [InlineData("1000", false)]
    [InlineData("1000", true)]
    [InlineData("1", true)]
    public async Task A_resend_stopped_at_any_write_reaches_each_missing_reader_once(string sliceFrom, bool after)
    {
        for (var at = 1; ; at++)
        {
            fixture = new DeliveryFixture(("Delivery:Deadline", "00:10:00"), ("Delivery:SliceFrom", sliceFrom));
            await MissSomeAsync();
            var before = fixture.Relay.Inbox.Count;
            var verb = fixture.Start(after ? new FaultPlan { StopAfter = at } : new FaultPlan { StopBefore = at });
            await Record.ExceptionAsync(() => AgainAsync(SendAgainTo.Missing, program: verb));
            await fixture.RunAsync(TimeSpan.FromMinutes(4));
            await AgainAsync(SendAgainTo.Missing);
            await fixture.RunAsync(TimeSpan.FromMinutes(4));
            await CheckAsync(before);
            if (!verb.Plan.Stopped)
            {
                Assert.InRange(at, 5, 200);
                return;
            }

            // With many parts the later steps repeat the first ones.
            at += at > 20 ? 6 : 0;
        }
    }

    [Fact]
    public async Task A_worker_that_read_the_run_before_it_was_sent_again_goes_by_the_new_deadline()
    {
        ids = await fixture.SubscribeAsync(Readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var full = Missing.Select(DeliveryFixture.Address).ToHashSet();
        fixture.Relay.AnswerWith(mail => mail.To.Value == DeliveryFixture.Address(ids[^1])
            ? ScriptedRelay.Later : full.Contains(mail.To.Value) ? Full : ScriptedRelay.Ok);
        await fixture.Program.RunOnceAsync();
        fixture.Relay.Answer = null;
        fixture.GoTo(2, 7, 9);
        var worker = fixture.Start();
        var asked = false;
        worker.Plan.Before = async call =>
        {
            if (!asked && call is { Operation: "Get", Place: Tables.Ledger })
            {
                asked = true;
                Assert.Equal(Missing.Length, (await AgainAsync(SendAgainTo.Missing)).Total);
                fixture.Advance(TimeSpan.FromMinutes(2));
            }
        };
        await worker.Get<DeliverPart>().ExecuteAsync(
            new Part(fixture.Today, Part.Whole, new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key).ToString(),
            DeliveryFixture.Cancellation);

        Assert.True(asked);
        Assert.All(Missing, id => Assert.Equal(DeliveryState.Sent, fixture.Delivery(id).State));
    }

    [Fact]
    public async Task A_service_and_a_second_call_between_any_two_steps_double_nothing()
    {
        await MissSomeAsync();
        var before = fixture.Relay.Inbox.Count;
        var (one, other, service) = (fixture.Start(), fixture.Start(), fixture.Start());
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
        await fixture.RunAsync(TimeSpan.FromMinutes(3));
        await CheckAsync(before);
    }

    [Fact]
    public async Task A_reader_who_left_gets_nothing_and_a_late_projection_is_not_missed()
    {
        await MissSomeAsync();
        var before = fixture.Relay.Inbox.Count;
        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(ids[0], DeliveryFixture.Cancellation);
        var late = await fixture.SubscribeAsync();
        var audience = fixture.Program.Get<AudienceStore>();
        var cohort = new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily);
        var entry = (await audience.GetAsync(cohort, late, DeliveryFixture.Cancellation))!;
        await audience.ProjectAsync(cohort, entry with { From = fixture.Today, Version = entry.Version + 1 }, DeliveryFixture.Cancellation);

        var again = await AgainAsync(SendAgainTo.Missing);
        Assert.Equal((16, 1, 1), (again.Total, again.Left, again.Found["not taken up"]));

        // A reader who leaves after that gets nothing either.
        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(ids[1], DeliveryFixture.Cancellation);
        await fixture.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(before + 15, fixture.Relay.Inbox.Count);
        Assert.Single(fixture.Relay.Inbox, seen => seen.To == DeliveryFixture.Address(late));
        Assert.DoesNotContain(
            fixture.Relay.Inbox, seen => seen.To == DeliveryFixture.Address(ids[0]) || seen.To == DeliveryFixture.Address(ids[1]));
        Assert.Equal(Readers + 1, (await RunAsync()).Counts.Values.Sum());
    }

    [Fact]
    public async Task A_part_in_a_workers_hands_is_said_and_stays_as_it_is()
    {
        await MissSomeAsync();
        // A worker of another machine has just taken the part.
        await fixture.SteerAsync(control => control with { Owner = "elsewhere:1:2:3", Sequence = control.Sequence + 1 });
        var again = await AgainAsync(SendAgainTo.Missing);
        Assert.Equal((0, 16, RunState.Closed), (again.Total, again.InOtherHands, again.Run.State));
        Assert.Equal(8, fixture.Ledger(fixture.Today).Count(row => row.State == DeliveryState.Expired));

        fixture.Advance(TimeSpan.FromSeconds(91));
        Assert.Equal(16, (await AgainAsync(SendAgainTo.Missing)).Total);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cancelled_run_is_sent_after_all_and_its_news_is_told_once(bool underWay)
    {
        fixture = new DeliveryFixture();
        ids = await fixture.SubscribeAsync(10);
        var title = await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        await fixture.Program.Get<SteerRun>().ExecuteAsync(
            fixture.Today, new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key, RunOrder.Cancel, DeliveryFixture.Cancellation);
        if (!underWay)
        {
            await fixture.Program.DeliverAsync();
            var run = await RunAsync();
            Assert.Equal((RunState.Closed, false, 10L), (run.State, run.CountsAsSent, run.Counts[DeliveryState.Withheld]));
        }

        await AgainAsync(SendAgainTo.Missing);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(10, fixture.Relay.Inbox.Count);
        Assert.True((await RunAsync()).CountsAsSent);

        fixture.GoTo(3, 6);
        await fixture.PublishAsync();
        fixture.GoTo(3, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(20, fixture.Relay.Inbox.Count);
        Assert.All(fixture.Relay.Inbox.Skip(10), seen => Assert.DoesNotContain(title, seen.Subject, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_whose_news_a_later_digest_told_an_old_one_and_a_skipped_one_are_refused()
    {
        fixture = new DeliveryFixture();
        await fixture.SubscribeAsync(3);
        await fixture.PublishAsync();
        fixture.Relay.AnswerWith(_ => Full);
        fixture.GoTo(2, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        var first = fixture.Today;
        fixture.Relay.Answer = null;
        fixture.GoTo(3, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(3, fixture.Relay.Inbox.Count);
        Assert.Equal(SendAgainOutcome.SentLater, (await AgainAsync(SendAgainTo.Missing, date: first)).Outcome);

        fixture.GoTo(4, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(SendAgainOutcome.NotDelivered, (await AgainAsync(SendAgainTo.Missing)).Outcome);
        fixture.GoTo(5, 6);
        Assert.Equal(SendAgainOutcome.TooOld, (await AgainAsync(SendAgainTo.Missing, date: first)).Outcome);
        Assert.Equal(3, fixture.Relay.Inbox.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_held_are_sent_to_at_an_operators_word_under_the_same_message_id(bool one)
    {
        await MissSomeAsync();
        var held = ids.Skip(20).Take(3).ToList();
        Assert.All(held, id => Assert.Equal(DeliveryState.Held, fixture.Delivery(id).State));
        var before = fixture.Relay.Inbox.Count;

        var again = await AgainAsync(SendAgainTo.Held, one ? held[1] : null);
        Assert.Equal(one ? 1 : 3, again.Total);
        await fixture.RunAsync(TimeSpan.FromMinutes(3));

        Assert.Equal(before + again.Total, fixture.Relay.Inbox.Count);
        Assert.All(one ? [held[1]] : held, id =>
        {
            Assert.Equal(DeliveryState.Sent, fixture.Delivery(id).State);
            Assert.Single(fixture.Relay.Inbox.Where(seen => seen.To == DeliveryFixture.Address(id)).DistinctBy(seen => seen.MessageId));
        });
        Assert.Equal(Readers, (await RunAsync()).Counts.Values.Sum());
    }

    [Theory]
    [InlineData(SendAgainTo.Held, SendAgainTo.Missing, 3, 16)]
    [InlineData(SendAgainTo.Missing, SendAgainTo.Held, 16, 3)]
    public async Task A_second_call_counts_and_serves_the_readers_of_a_stopped_call(
        SendAgainTo stopped, SendAgainTo next, long turned, long found)
    {
        await MissSomeAsync();
        var before = fixture.Relay.Inbox.Count;

        // The parts are changed, but the run is not open yet.
        var verb = fixture.Start();
        verb.Plan.Before = call => call is { Operation: "Write", Place: Tables.Runs }
            ? throw new ProgramStoppedException() : Task.CompletedTask;
        await Assert.ThrowsAsync<ProgramStoppedException>(() => AgainAsync(stopped, program: verb));
        Assert.Equal((RunState.Closed, turned), ((await RunAsync()).State, fixture.Ledger(fixture.Today).Count(row => !row.IsSettled)));

        var counted = await AgainAsync(next, dryRun: true);
        Assert.Equal((found, turned), (counted.Total, counted.Waiting));
        var again = await AgainAsync(next);
        Assert.Equal((found, turned), (again.Total, again.Waiting));
        await fixture.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(before + turned + found, fixture.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_reader_in_doubt_is_held_before_the_second_copy_leaves()
    {
        fixture = new DeliveryFixture();
        ids = await fixture.SubscribeAsync(6);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        fixture.Relay.AnswerWith(mail => mail.To.Value == DeliveryFixture.Address(ids[0]) ? ScriptedRelay.Broken : ScriptedRelay.Ok);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(DeliveryState.Unknown, fixture.Delivery(ids[0]).State);

        var hold = fixture.Program.Get<HoldInDoubt>();
        Assert.Equal(new HeldReport(1, 0), await hold.ExecuteAsync(await RunAsync(), dryRun: true, DeliveryFixture.Cancellation));
        Assert.Equal(DeliveryState.Unknown, fixture.Delivery(ids[0]).State);
        Assert.Equal(new HeldReport(1, 0), await hold.ExecuteAsync(await RunAsync(), dryRun: false, DeliveryFixture.Cancellation));
        Assert.Equal(new HeldReport(0, 0), await hold.ExecuteAsync(await RunAsync(), dryRun: false, DeliveryFixture.Cancellation));
        await fixture.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Single(fixture.Relay.Inbox, seen => seen.To == DeliveryFixture.Address(ids[0]));
        var run = await RunAsync();
        Assert.Equal((RunState.Closed, 1L, 5L), (run.State, run.Counts[DeliveryState.Held], run.Counts[DeliveryState.Sent]));
    }

    private static bool Is(DigestMail mail, IEnumerable<string> some) => some.Any(id => mail.To.Value == DeliveryFixture.Address(id));

    /// <summary>A run that is over: 8 mailboxes full, 8 expired, 4 unknown to their server, 3 held, one who left, the rest sent.</summary>
    private async Task MissSomeAsync()
    {
        ids = await fixture.SubscribeAsync(Readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(ids[39], DeliveryFixture.Cancellation);
        fixture.Relay.AnswerWith(mail => Is(mail, ids.Take(8)) ? Full
            : Is(mail, ids.Skip(8).Take(8)) ? ScriptedRelay.Later
            : Is(mail, ids.Skip(16).Take(4)) ? ScriptedRelay.Never
            : Is(mail, ids.Skip(20).Take(3)) ? ScriptedRelay.Broken
            : ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromMinutes(16));
        Assert.Equal(RunState.Closed, (await RunAsync()).State);
        fixture.Relay.Answer = null;
    }

    private async Task<Run> RunAsync(DateOnly? date = null) => (await fixture.RunOfAsync(date ?? fixture.Today))!;

    private async Task<SendAgainReport> AgainAsync(
        SendAgainTo to, string? only = null, bool dryRun = false, Program? program = null, DateOnly? date = null) =>
        await (program ?? fixture.Program).Get<SendAgain>()
            .ExecuteAsync(await RunAsync(date), to, only, dryRun, DeliveryFixture.Cancellation);

    private async Task CheckAsync(int before)
    {
        Assert.Equal(before + Missing.Length, fixture.Relay.Inbox.Count);
        Assert.All(Missing, id => Assert.Single(fixture.Relay.Inbox, seen => seen.To == DeliveryFixture.Address(id)));
        var run = await RunAsync();
        Assert.Equal((RunState.Closed, Readers), (run.State, run.Counts.Values.Sum()));
        Assert.Equal(
            (4L, 3L, 1L), (run.Counts[DeliveryState.Rejected], run.Counts[DeliveryState.Held], run.Counts[DeliveryState.Withheld]));
        Assert.All(fixture.Controls(), control => Assert.True(control is { Done: true, Other: >= 0 }));
    }
}
