using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

public sealed class RelayTroubleTests
{
    private readonly DeliveryFixture fixture = new();

    [Fact]
    public async Task A_refusing_relay_rejects_nobody_and_the_part_backs_off_and_resumes()
    {
        await ReadyAsync(50);
        var begun = fixture.Time.GetUtcNow();
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Refusal);
        await fixture.RunAsync(TimeSpan.FromMinutes(150));

        var visits = fixture.Relay.Offered.Select(seen => (seen.At - begun).TotalMinutes).Distinct().ToList();
        Assert.Equal([0, 1, 6, 21, 81, 141], visits);
        Assert.Equal(ScriptedRelay.Refusal.Reply, fixture.Controls().Single(control => control.Trouble is not null).Trouble);
        Assert.All(fixture.Ledger(fixture.Today), row => Assert.Equal((DeliveryState.Deferred, 0), (row.State, row.Attempts)));
        Assert.InRange(fixture.Ledger(fixture.Today).Count, 1, 8);

        fixture.Relay.Answer = null;
        await fixture.RunAsync(TimeSpan.FromMinutes(60));
        Assert.Equal(50, fixture.Relay.Inbox.Count);
        Assert.Equal(50, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.All(fixture.Controls(), control => Assert.Equal((null, 0), (control.Trouble, control.Troubles)));
    }

    [Fact]
    public async Task A_hint_that_comes_too_early_does_not_knock_at_a_relay_that_refuses_us()
    {
        await ReadyAsync(3);
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Refusal);
        await fixture.Program.RunOnceAsync();
        var offered = fixture.Relay.Offered.Count;
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(PartOutcome.Busy, await fixture.Program.Get<DeliverPart>()
                .ExecuteAsync($"2026-03-02 all daily_07_{DeliveryFixture.Utc.Replace('/', '.')}", DeliveryFixture.Cancellation));
        }

        Assert.Equal(offered, fixture.Relay.Offered.Count);
        Assert.Equal(1, fixture.Queues.Count);
    }

    [Fact]
    public async Task A_relay_that_refuses_us_until_the_deadline_lets_everybody_expire_at_the_deadline()
    {
        await ReadyAsync(20);
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Refusal);
        await fixture.RunAsync(TimeSpan.FromHours(12) + TimeSpan.FromMinutes(1));

        Assert.Equal(20, (await fixture.RunOfAsync(fixture.Today))!.Counts[DeliveryState.Expired]);
    }

    [Fact]
    public async Task Three_breaks_in_a_row_pause_the_part()
    {
        await ReadyAsync(200);
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Broken);
        await fixture.Program.RunOnceAsync();

        // Three, and what the other connections had begun by then.
        Assert.InRange(fixture.Relay.Offered.Count, 3, 11);
        Assert.Contains("breaks off", Assert.Single(fixture.Controls()).Trouble, StringComparison.Ordinal);
        fixture.Advance(TimeSpan.FromSeconds(50));
        await fixture.Program.RunOnceAsync();
        Assert.InRange(fixture.Relay.Offered.Count, 3, 11);
    }

    [Fact]
    public async Task No_copy_goes_out_a_third_time_when_the_relay_breaks_off_all_day()
    {
        await ReadyAsync(40);
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Broken);
        await fixture.RunAsync(TimeSpan.FromHours(13));

        Assert.All(fixture.Relay.Offered.CountBy(seen => seen.MessageId), pair => Assert.InRange(pair.Value, 1, 2));
        Assert.All(fixture.Ledger(fixture.Today), row => Assert.True(row.IsSettled));
        Assert.Equal(40, fixture.Ledger(fixture.Today).Count);
    }

    private async Task ReadyAsync(int count)
    {
        await fixture.SubscribeAsync(count);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
    }
}
