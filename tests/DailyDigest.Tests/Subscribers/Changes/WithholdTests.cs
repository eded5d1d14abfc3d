using DailyDigest.Clock;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

public sealed class WithholdTests
{
    private readonly DeliveryFixture fixture = new();

    [Fact]
    public async Task A_reader_who_leaves_before_the_run_gets_nothing()
    {
        var ids = await ReadyAsync(5);
        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(ids[2], DeliveryFixture.Cancellation);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(4, fixture.Relay.Offered.Count);
        Assert.DoesNotContain(fixture.Relay.Offered, seen => seen.To == DeliveryFixture.Address(ids[2]));
    }

    [Fact]
    public async Task A_reader_who_leaves_while_deferred_or_in_doubt_is_withheld()
    {
        foreach (var first in new[] { ScriptedRelay.Later, ScriptedRelay.Broken })
        {
            var own = new DeliveryFixture();
            var id = await own.SubscribeAsync();
            await own.PublishAsync();
            own.GoTo(2, 7);
            own.Relay.AnswerWith(_ => first);
            await own.Program.RunOnceAsync();
            await own.Program.Get<Unsubscribe>().ExecuteAsync(id, DeliveryFixture.Cancellation);
            Assert.Equal(DeliveryState.Withheld, own.Delivery(id).State);

            await own.RunAsync(TimeSpan.FromHours(2));
            Assert.Single(own.Relay.Offered);
            Assert.Equal(RunState.Closed, (await own.RunOfAsync(own.Today))!.State);
        }
    }

    [Fact]
    public async Task A_reader_who_leaves_a_run_begun_two_days_late_is_withheld_past_midnight()
    {
        var id = await fixture.SubscribeAsync();
        fixture.GoTo(4, 20);
        await fixture.PublishAsync();
        var date = new DateOnly(2026, 3, 2);
        Assert.Single(await fixture.Program.Get<BeginDate>().ExecuteAsync(date, DeliveryFixture.Cancellation));
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Later);
        await fixture.Program.DeliverAsync();
        fixture.GoTo(5, 0, 30);

        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(id, DeliveryFixture.Cancellation);

        Assert.Equal(DeliveryState.Withheld, Assert.Single(fixture.Ledger(date)).State);
    }

    /// <summary>The reader leaves at each storage call of the run in turn. The unsubscribe is complete before the call continues.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_begun_for_a_reader_after_they_leave_at_any_step_of_a_run(bool deferredFirst)
    {
        var left = 0;
        var calls = int.MaxValue;
        for (var at = 1; at <= calls; at++)
        {
            var own = new DeliveryFixture();
            var ids = await own.SubscribeAsync(6);
            await own.PublishAsync();
            own.GoTo(2, 7);
            var program = own.Start();
            var other = own.Start();
            own.Program = program;
            var target = ids.Order(StringComparer.Ordinal).ElementAt(3);
            var gone = false;
            own.Relay.Answer = (mail, _) =>
                Task.FromResult(deferredFirst && own.Time.GetUtcNow().Minute < 5 ? ScriptedRelay.Later : ScriptedRelay.Ok);
            program.Plan.Before = async call =>
            {
                if (call.Number == at)
                {
                    await other.Get<Unsubscribe>().ExecuteAsync(target, DeliveryFixture.Cancellation);
                    gone = true;
                    var row = own.Ledger(own.Today).SingleOrDefault(one => one.SubscriberId == target);

                    // An attempt that had been committed may still go out, once.
                    var allowed = row?.State == DeliveryState.Attempting ? 1 : 0;
                    own.Relay.Answer = (mail, _) => mail.To.Value == DeliveryFixture.Address(target) && allowed-- <= 0
                        ? throw new InvalidOperationException($"Mailed after leaving at call {at}.") : Task.FromResult(ScriptedRelay.Ok);
                }
            };
            await own.RunAsync(TimeSpan.FromMinutes(12));

            calls = program.Plan.Trace.Count;
            left += gone ? 1 : 0;
            var row = own.Ledger(own.Today).SingleOrDefault(one => one.SubscriberId == target);
            Assert.False(row?.Reply?.Contains("internal error", StringComparison.Ordinal) == true, $"Mailed after leaving at call {at}.");
            Assert.DoesNotContain(own.Ledger(own.Today), one => !one.IsSettled);
            Assert.Equal(5, own.Relay.Inbox.Count(seen => seen.To != DeliveryFixture.Address(target)));
            at += at > 60 ? 4 : 0;
        }

        Assert.InRange(left, 30, int.MaxValue);
    }

    [Fact]
    public async Task A_reader_who_leaves_while_a_message_is_being_sent_gets_no_other()
    {
        var ids = await ReadyAsync(1);
        fixture.Relay.Answer = async (_, _) =>
        {
            await fixture.Program.Get<Unsubscribe>().ExecuteAsync(ids[0], DeliveryFixture.Cancellation);
            return ScriptedRelay.Later;
        };
        await fixture.RunAsync(TimeSpan.FromHours(1));

        Assert.Single(fixture.Relay.Offered);
        Assert.Equal(DeliveryState.Withheld, fixture.Delivery(ids[0]).State);
    }

    private async Task<IReadOnlyList<string>> ReadyAsync(int count)
    {
        var ids = await fixture.SubscribeAsync(count);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        return ids;
    }
}
