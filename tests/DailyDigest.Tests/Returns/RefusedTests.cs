using DailyDigest.Repair;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Returns;

/// <summary>The effect of a refusal on the subscriber.</summary>
public sealed class RefusedTests
{
    private static readonly SendResult Full = new(SendOutcome.Rejected, "552 5.2.2 mailbox full", "mailbox-full");

    [Theory]
    [InlineData("no-such-user", true)]
    [InlineData("mailbox-disabled", true)]
    [InlineData("mailbox-full", false)]
    [InlineData("too-big", false)]
    [InlineData("content-refused", false)]
    [InlineData("policy", false)]
    [InlineData("sender-refused", false)]
    [InlineData("relay-trouble", false)]
    [InlineData("other", false)]
    [InlineData(null, false)]
    public async Task The_close_ends_the_subscriptions_of_missing_mailboxes_and_no_others(string? reason, bool ends)
    {
        var (fixture, ids) = await ReadyAsync(5);
        fixture.Relay.AnswerWith(mail => mail.To.Value == DeliveryFixture.Address(ids[2])
            ? new SendResult(SendOutcome.Rejected, "550 no", reason) : ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromMinutes(3));

        Assert.Equal(ends ? 1 : 0, (await fixture.RunOfAsync(fixture.Today))!.Refused);
        foreach (var id in ids)
        {
            Assert.Equal(ends && id == ids[2] ? SubscriberStatus.Bounced : SubscriberStatus.Active, await StatusAsync(fixture, id));
        }

        await fixture.PublishAsync();
        fixture.GoTo(3, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(ends ? 4 : 5, fixture.Relay.Offered.Count(seen => seen.At == fixture.Time.GetUtcNow().AddMinutes(-1)));
    }

    [Theory]
    [InlineData(2, 2, true)]
    [InlineData(3, 3, false)]
    [InlineData(4, 3, true)]
    [InlineData(20, 20, false)]
    [InlineData(21, 20, true)]
    [InlineData(30, 21, false)]
    [InlineData(300, 30, true)]
    [InlineData(300, 31, false)]
    public async Task More_refusals_than_can_be_believed_cost_nobody_the_subscription(int readers, int refused, bool believed)
    {
        var (fixture, ids) = await ReadyAsync(readers);
        var gone = Spread(ids, refused);
        fixture.Relay.AnswerWith(mail => gone.Contains(mail.To.Value)
            ? ScriptedRelay.Never with { Reply = "550 5.1.1 no such user " + mail.To.Value[..12] } : ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromMinutes(3));

        var run = (await fixture.RunOfAsync(fixture.Today))!;
        Assert.Equal((RunState.Closed, (long)refused, !believed), (run.State, run.Refused, run.Distrusted));
        var bounced = 0;
        foreach (var id in ids)
        {
            bounced += await StatusAsync(fixture, id) == SubscriberStatus.Bounced ? 1 : 0;
        }

        Assert.Equal(believed ? refused : 0, bounced);
    }

    [Fact]
    public async Task Reports_that_come_later_end_no_more_subscriptions_than_can_be_believed()
    {
        var (fixture, ids) = await ReadyAsync(40);
        await fixture.RunAsync(TimeSpan.FromMinutes(1));
        foreach (var id in ids)
        {
            var envelope = fixture.Program.Get<EnvelopeTokens>().Create(fixture.Today, id);
            await fixture.Program.Get<AcceptOutcome>().ExecuteAsync(
                new OutcomeInput { Envelope = envelope, Outcome = "bounced", Status = "5.1.2" }, DeliveryFixture.Cancellation);
        }

        var run = (await fixture.RunOfAsync(fixture.Today))!;
        Assert.Equal((40L, true), (run.Refused, run.Distrusted));
        var bounced = 0;
        foreach (var id in ids)
        {
            bounced += await StatusAsync(fixture, id) == SubscriberStatus.Bounced ? 1 : 0;
        }

        Assert.Equal(20, bounced);
        Assert.All(fixture.Ledger(fixture.Today), row => Assert.Equal(DeliveryState.Rejected, row.State));
    }

    [Theory]
    [InlineData(30, 30, true)]
    [InlineData(30, 5, false)]
    public async Task Refusals_that_are_not_believed_can_be_sent_again_and_no_others(int readers, int refused, bool again)
    {
        foreach (var reason in new[] { RefusalReasons.NoSuchUser, RefusalReasons.MailboxDisabled })
        {
            var (fixture, ids) = await ReadyAsync(readers);
            var gone = ids.Take(refused).Select(DeliveryFixture.Address).ToHashSet();
            fixture.Relay.AnswerWith(mail => gone.Contains(mail.To.Value)
                ? new SendResult(SendOutcome.Rejected, $"550 {mail.To.Value[..12]} is not there", reason) : ScriptedRelay.Ok);
            await fixture.Program.RunOnceAsync();
            var run = (await fixture.RunOfAsync(fixture.Today))!;
            Assert.Equal((RunState.Closed, again), (run.State, run.Distrusted));
            fixture.Relay.Answer = null;

            var report = await fixture.Program.Get<SendAgain>()
                .ExecuteAsync(run, SendAgainTo.Missing, null, dryRun: false, DeliveryFixture.Cancellation);
            await fixture.RunAsync(TimeSpan.FromMinutes(3));

            Assert.Equal(again ? refused : 0, report.Total);
            Assert.Equal(again ? readers : readers - refused, fixture.Relay.Inbox.Select(seen => seen.To).Distinct().Count());
            Assert.Equal(again ? readers : readers - refused, fixture.Relay.Inbox.Count);
        }
    }

    [Fact]
    public async Task A_bounce_that_is_reported_while_the_run_is_open_takes_effect_when_it_has_closed()
    {
        var (fixture, ids) = await ReadyAsync(3);
        fixture.Relay.AnswerWith(mail => mail.To.Value == DeliveryFixture.Address(ids[0]) ? ScriptedRelay.Later : ScriptedRelay.Ok);
        await fixture.Program.RunOnceAsync();
        var envelope = fixture.Program.Get<EnvelopeTokens>().Create(fixture.Today, ids[1]);
        var bounce = new OutcomeInput { Envelope = envelope, Outcome = "bounced", Status = "5.1.1" };
        Assert.Equal(AcceptOutcomeResult.Recorded,
            (await fixture.Program.Get<AcceptOutcome>().ExecuteAsync(bounce, DeliveryFixture.Cancellation)).Result);
        Assert.Equal(SubscriberStatus.Active, await StatusAsync(fixture, ids[1]));
        fixture.Relay.Answer = null;
        await fixture.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(1, (await fixture.RunOfAsync(fixture.Today))!.Refused);
        Assert.Equal(SubscriberStatus.Bounced, await StatusAsync(fixture, ids[1]));
    }

    /// <summary>A report arrives at each storage call of the ticks that close the run and follow up its refusals.</summary>
    [Fact]
    public async Task A_bounce_reported_at_any_time_of_the_close_takes_effect()
    {
        var seen = 0;
        for (var at = 1; ; at++)
        {
            var (fixture, ids) = await ReadyAsync(3);
            fixture.Relay.AnswerWith(mail => mail.To.Value == DeliveryFixture.Address(ids[0]) ? ScriptedRelay.Never : ScriptedRelay.Ok);
            var (program, other) = (fixture.Start(), fixture.Start());
            var result = AcceptOutcomeResult.NotSettled;
            program.Plan.Before = async call =>
            {
                if (call.Number >= at && result == AcceptOutcomeResult.NotSettled
                    && fixture.Ledger(fixture.Today).Any(row => row.SubscriberId == ids[1]))
                {
                    var envelope = other.Get<EnvelopeTokens>().Create(fixture.Today, ids[1]);
                    var bounce = new OutcomeInput { Envelope = envelope, Outcome = "bounced", Status = "5.1.1" };
                    result = (await other.Get<AcceptOutcome>().ExecuteAsync(bounce, DeliveryFixture.Cancellation)).Result;
                }
            };
            fixture.Program = program;
            await fixture.RunAsync(TimeSpan.FromMinutes(2));
            if (result == AcceptOutcomeResult.NotSettled)
            {
                break;
            }

            seen++;
            Assert.Equal(AcceptOutcomeResult.Recorded, result);
            Assert.Equal((SubscriberStatus.Bounced, SubscriberStatus.Bounced),
                (await StatusAsync(fixture, ids[0]), await StatusAsync(fixture, ids[1])));
            Assert.Equal(SubscriberStatus.Active, await StatusAsync(fixture, ids[2]));
        }

        Assert.InRange(seen, 30, 1_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopped_at_any_write_the_close_and_what_follows_it_are_done_whole_by_the_next(bool after)
    {
        for (var write = 1; ; write++)
        {
            var (fixture, ids) = await ReadyAsync(6);
            var gone = ids.Take(3).Select(DeliveryFixture.Address).ToHashSet();
            fixture.Relay.AnswerWith(mail => gone.Contains(mail.To.Value) ? ScriptedRelay.Never : Full);
            var plan = new FaultPlan { StopAfter = after ? write : null, StopBefore = after ? null : write };
            fixture.Program = fixture.Start(plan);
            try
            {
                await fixture.RunAsync(TimeSpan.FromMinutes(3));
            }
            catch (Exception) when (plan.Stopped)
            {
            }

            if (!plan.Stopped)
            {
                Assert.InRange(write, 20, 200);
                return;
            }

            fixture.Program = fixture.Start();
            await fixture.RunAsync(TimeSpan.FromMinutes(6));
            var run = (await fixture.RunOfAsync(fixture.Today))!;
            Assert.Equal((RunState.Closed, 3L, Run.AllRefusedDone), (run.State, run.Refused, run.RefusedCursor));
            foreach (var id in ids)
            {
                Assert.Equal(gone.Contains(DeliveryFixture.Address(id))
                    ? SubscriberStatus.Bounced : SubscriberStatus.Active, await StatusAsync(fixture, id));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Many_refusals_are_followed_up_a_few_at_each_tick_and_none_is_left_out(int slices)
    {
        var (fixture, ids) = await ReadyAsync(4_500, ("Delivery:SliceFrom", slices == 1 ? "20000" : "10"));
        var gone = Spread(ids, 430);
        fixture.Relay.AnswerWith(mail => gone.Contains(mail.To.Value)
            ? ScriptedRelay.Never with { Reply = "550 5.1.1 no " + mail.To.Value[..12] } : ScriptedRelay.Ok);
        await fixture.Program.RunOnceAsync();
        Assert.Equal((slices, RunState.Closed),
            ((await fixture.RunOfAsync(fixture.Today))!.Slices, (await fixture.RunOfAsync(fixture.Today))!.State));
        var counts = new List<int> { await BouncedAsync() };
        while ((await fixture.RunOfAsync(fixture.Today))!.HasRefusedToEnd)
        {
            await fixture.Program.TickAsync();
            counts.Add(await BouncedAsync());
        }

        Assert.Equal([0, 200, 400, 430], counts);

        async Task<int> BouncedAsync() =>
            (await fixture.Program.Get<ListSubscribers>()
                .ExecuteAsync(SubscriberStatus.Bounced, null, 10_000, DeliveryFixture.Cancellation)).Count;
    }

    [Fact]
    public async Task A_reader_who_confirmed_again_before_the_follow_up_stays()
    {
        var (fixture, ids) = await ReadyAsync(2);
        fixture.Relay.AnswerWith(mail => mail.To.Value == DeliveryFixture.Address(ids[0]) ? ScriptedRelay.Never : ScriptedRelay.Ok);
        await fixture.Program.RunOnceAsync();
        fixture.Advance(TimeSpan.FromSeconds(30));
        await fixture.Program.Get<ChangeSubscriber>()
            .ExecuteAsync(ids[0], person => person! with { Confirmed = fixture.Time.GetUtcNow() }, DeliveryFixture.Cancellation);
        await fixture.RunAsync(TimeSpan.FromMinutes(3));

        Assert.False((await fixture.RunOfAsync(fixture.Today))!.HasRefusedToEnd);
        Assert.Equal(SubscriberStatus.Active, await StatusAsync(fixture, ids[0]));
    }

    private static async Task<(DeliveryFixture DeliveryFixture, IReadOnlyList<string> Ids)> ReadyAsync(
        int count, params (string, string)[] settings)
    {
        var fixture = new DeliveryFixture(settings);
        var ids = await fixture.SubscribeAsync(count);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        return (fixture, ids);
    }

    /// <summary>So many of them, not one after another.</summary>
    private static HashSet<string> Spread(IReadOnlyList<string> ids, int count) => [.. ids.Take(count).Select(DeliveryFixture.Address)];

    private static async Task<SubscriberStatus?> StatusAsync(DeliveryFixture fixture, string id) =>
        (await fixture.Program.Get<SubscriberStore>().GetAsync(id, DeliveryFixture.Cancellation))?.Subscriber.Status;
}
