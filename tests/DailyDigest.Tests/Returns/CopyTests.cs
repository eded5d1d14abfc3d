using DailyDigest.Mailing;
using DailyDigest.Repair;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Returns;

/// <summary>A message may have been sent more than once. A report concerns one of the copies.</summary>
public sealed class CopyTests
{
    private static readonly OutcomeInput Full = new() { Outcome = "bounced", Status = "5.2.2", Reply = "552 5.2.2 mailbox full" };
    private static readonly OutcomeInput Gone = new() { Outcome = "bounced", Status = "5.1.1", Reply = "550 5.1.1 no such user" };
    private readonly DeliveryFixture fixture = new();
    private readonly List<string> envelopes = [];

    [Fact]
    public async Task A_bounce_of_what_was_sent_again_since_is_noted_and_leaves_the_newer_copy_alone()
    {
        var id = await SentAgainAsync(fixture);
        Assert.Equal(2, envelopes.Distinct().Count());
        var before = fixture.Delivery(id);
        fixture.Advance(TimeSpan.FromHours(1));
        Assert.Equal(AcceptOutcomeResult.AlreadyRecorded, await ReportAsync(Full, 0));
        Assert.Equal(AcceptOutcomeResult.AlreadyRecorded, await ReportAsync(Gone, 0));

        Assert.Equal(before with { ETag = null }, fixture.Delivery(id) with { ETag = null });
        Assert.Equal((DeliveryState.Sent, Reports.Bounced, SubscriberStatus.Active), (before.State, before.Reports, await StatusAsync(id)));
    }

    [Fact]
    public async Task A_bounce_of_the_newer_copy_counts_whatever_was_reported_of_the_older_one()
    {
        var id = await SentAgainAsync(fixture);
        Assert.Equal(AcceptOutcomeResult.Recorded, await ReportAsync(Gone, 1));
        Assert.Equal((DeliveryState.Rejected, "no-such-user", SubscriberStatus.Bounced),
            (fixture.Delivery(id).State, fixture.Delivery(id).Reason, await StatusAsync(id)));
        Assert.Equal(1, (await fixture.RunOfAsync(fixture.Today))!.Refused);
    }

    [Fact]
    public async Task A_first_report_of_an_older_copy_is_noted_once()
    {
        var id = await ReadyAsync(fixture);
        Remember(fixture, mail => envelopes.Count == 1 ? ScriptedRelay.Broken : ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal((DeliveryState.Sent, 2), (fixture.Delivery(id).State, fixture.Relay.Inbox.Count));

        Assert.Equal(AcceptOutcomeResult.Recorded, await ReportAsync(Gone, 0));
        Assert.Equal(AcceptOutcomeResult.AlreadyRecorded, await ReportAsync(Gone, 0));
        Assert.Equal((DeliveryState.Sent, Reports.Bounced, SubscriberStatus.Active),
            (fixture.Delivery(id).State, fixture.Delivery(id).Reports, await StatusAsync(id)));
        Assert.Equal(AcceptOutcomeResult.Recorded, await ReportAsync(Gone, 1));
        Assert.Equal((DeliveryState.Rejected, SubscriberStatus.Bounced), (fixture.Delivery(id).State, await StatusAsync(id)));
    }

    [Theory]
    [InlineData("bounced", 0, DeliveryState.Held)]
    [InlineData("bounced", 1, DeliveryState.Rejected)]
    [InlineData("delivered", 0, DeliveryState.Sent)]
    [InlineData("delivered", 1, DeliveryState.Sent)]
    public async Task One_arrived_copy_of_two_in_doubt_settles_it_and_a_bounce_only_of_the_last(
        string outcome, int copy, DeliveryState state)
    {
        var id = await ReadyAsync(fixture);
        Remember(fixture, _ => ScriptedRelay.Broken);
        await fixture.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Equal((DeliveryState.Held, 2), (fixture.Delivery(id).State, envelopes.Distinct().Count()));
        Assert.Equal(AcceptOutcomeResult.Recorded, await ReportAsync(new OutcomeInput { Outcome = outcome, Status = "5.1.1" }, copy));
        Assert.Equal(state, fixture.Delivery(id).State);
    }

    /// <summary>The order of reports does not matter: a bounce outweighs a delivery.</summary>
    [Theory]
    [InlineData("delivered", "bounced")]
    [InlineData("bounced", "delivered")]
    public async Task Reports_of_one_copy_in_doubt_come_in_any_order(string first, string second)
    {
        var id = await ReadyAsync(fixture);
        Remember(fixture, _ => ScriptedRelay.Broken);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(DeliveryState.Unknown, fixture.Delivery(id).State);
        Assert.Equal(AcceptOutcomeResult.Recorded, await ReportAsync(Gone with { Outcome = first }, 0));
        Assert.Equal(AcceptOutcomeResult.Recorded, await ReportAsync(Gone with { Outcome = second }, 0));
        Assert.Equal((DeliveryState.Rejected, "no-such-user"), (fixture.Delivery(id).State, fixture.Delivery(id).Reason));
    }

    [Fact]
    public async Task A_readers_action_counts_for_any_copy()
    {
        var id = await SentAgainAsync(fixture);
        Assert.Equal(AcceptOutcomeResult.Recorded, await ReportAsync(new OutcomeInput { Outcome = "complained" }, 0));
        Assert.Equal((DeliveryState.Sent, SubscriberStatus.Complained), (fixture.Delivery(id).State, await StatusAsync(id)));
    }

    /// <summary>The old bounce is reported again between any two calls of the resend and of the delivery after it.</summary>
    [Fact]
    public async Task A_repeated_old_bounce_leaves_a_later_copy_sent()
    {
        for (var at = 1; ; at++)
        {
            envelopes.Clear();
            var own = new DeliveryFixture();
            var id = await ReadyAsync(own);
            Remember(own, _ => ScriptedRelay.Ok);
            await own.RunAsync(TimeSpan.FromMinutes(2));
            await ReportAsync(Full, 0, own);
            var (program, other, reported) = (own.Start(), own.Start(), false);
            program.Plan.Before = async call =>
            {
                if (call.Number == at)
                {
                    reported = true;
                    await ReportAsync(Full, 0, own, other);
                }
            };
            own.Program = program;
            await SendAgainAsync(own);
            await own.RunAsync(TimeSpan.FromMinutes(3));
            Assert.Equal((DeliveryState.Sent, 2), (own.Delivery(id).State, own.Relay.Inbox.Count));
            if (!reported)
            {
                Assert.InRange(at, 30, 1_000);
                return;
            }
        }
    }

    /// <summary>Sent, bounced for a full mailbox, and sent again at an operator's order.</summary>
    private async Task<string> SentAgainAsync(DeliveryFixture own)
    {
        var id = await ReadyAsync(own);
        Remember(own, _ => ScriptedRelay.Ok);
        await own.RunAsync(TimeSpan.FromMinutes(2));
        await ReportAsync(Full, 0, own);
        Assert.Equal(DeliveryState.Rejected, own.Delivery(id).State);
        await SendAgainAsync(own);
        await own.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal((DeliveryState.Sent, 2), (own.Delivery(id).State, own.Relay.Inbox.Count));
        return id;
    }

    private static async Task SendAgainAsync(DeliveryFixture own) => Assert.Equal(1, (await own.Program.Get<SendAgain>().ExecuteAsync(
        (await own.RunOfAsync(own.Today))!, SendAgainTo.Missing, null, dryRun: false, DeliveryFixture.Cancellation)).Total);

    private static async Task<string> ReadyAsync(DeliveryFixture own)
    {
        var id = await own.SubscribeAsync();
        await own.PublishAsync();
        own.GoTo(2, 7);
        return id;
    }

    private void Remember(DeliveryFixture own, Func<DigestMail, SendResult> answer) => own.Relay.AnswerWith(mail =>
    {
        envelopes.Add(mail.EnvelopeToken!);
        return answer(mail);
    });

    private async Task<AcceptOutcomeResult> ReportAsync(
        OutcomeInput report, int copy, DeliveryFixture? own = null, Program? program = null) =>
        (await (program ?? (own ?? fixture).Program).Get<AcceptOutcome>()
            .ExecuteAsync(report with { Envelope = envelopes[copy] }, DeliveryFixture.Cancellation)).Result;

    private async Task<SubscriberStatus?> StatusAsync(string id) =>
        (await fixture.Program.Get<SubscriberStore>().GetAsync(id, DeliveryFixture.Cancellation))?.Subscriber.Status;
}
