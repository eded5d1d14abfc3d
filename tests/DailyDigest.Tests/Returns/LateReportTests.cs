using DailyDigest.Mailing;
using DailyDigest.Reporting;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Returns;

/// <summary>Reports of relays about a message that they had accepted.</summary>
public sealed partial class LateReportTests
{
    private static readonly OutcomeInput Gone = new() { Outcome = "bounced", Status = "5.1.1", Reply = "550 5.1.1 no such user" };
    private static readonly OutcomeInput Spam = new() { Outcome = "complained" };
    private static readonly OutcomeInput Arrived = new() { Outcome = "delivered" };
    private readonly DeliveryFixture fixture = new();

    [Fact]
    public async Task A_bounce_turns_sent_into_rejected_with_its_reason_and_no_address_in_it()
    {
        var id = await SentAsync();
        var at = fixture.Delivery(id).At;
        fixture.Advance(TimeSpan.FromHours(1));
        await ReportAsync(
            id,
            Gone with
            {
                Reply = "550 5.1.1 <some.one@example.com>: \u202eno\r\nsuch user \"a b\"@example.com, some%40example.com",
                Status = null
            });

        var row = fixture.Delivery(id);
        Assert.Equal((DeliveryState.Rejected, "no-such-user", Reports.Bounced), (row.State, row.Reason, row.Reports));
        Assert.Equal("reported later: 550 5.1.1 <address>: no such user <address>, <address>", row.Reply);
        Assert.Equal((at, fixture.Time.GetUtcNow()), (row.At, row.Reported));
        var report = Assert.Single(await fixture.Program.Get<ReportRun>().ExecuteAsync(fixture.Today, DeliveryFixture.Cancellation));
        Assert.Equal(1, report.Counts[DeliveryState.Rejected]);
        Assert.Equal(SubscriberStatus.Bounced, await StatusAsync(id));
    }

    [Theory]
    [InlineData("5.1.1", "no-such-user", true)]
    [InlineData("5.1.2", "no-such-user", true)]
    [InlineData("5.1.10", "no-such-user", true)]
    [InlineData("5.4.4", "relay-trouble", false)]
    [InlineData("5.2.4", "other", false)]
    [InlineData("5.3.3", "relay-trouble", false)]
    [InlineData("5.1.8", "sender-refused", false)]
    [InlineData("5.2.1", "mailbox-disabled", true)]
    [InlineData("5.2.2", "mailbox-full", false)]
    [InlineData("5.3.4", "too-big", false)]
    [InlineData("5.6.0", "content-refused", false)]
    [InlineData("5.7.1", "policy", false)]
    [InlineData("4.4.7", "relay-trouble", false)]
    [InlineData("4.1.1", "temporary", false)]
    [InlineData("5.0.0", "other", false)]
    [InlineData("5.1.1.1", "other", false)]
    [InlineData(null, "other", false)]
    public async Task Only_a_reason_about_the_recipient_ends_a_subscription(string? status, string reason, bool ends)
    {
        var id = await SentAsync();
        Assert.Equal(
            AcceptOutcomeResult.Recorded, await ReportAsync(id, new OutcomeInput { Outcome = "bounced", Status = status, Reply = "no" }));

        Assert.Equal((DeliveryState.Rejected, reason), (fixture.Delivery(id).State, fixture.Delivery(id).Reason));
        Assert.Equal(ends ? SubscriberStatus.Bounced : SubscriberStatus.Active, await StatusAsync(id));
    }

    [Fact]
    public async Task After_a_complaint_was_answered_nothing_is_begun_whatever_the_delivery_was_at()
    {
        foreach (var first in new[] { ScriptedRelay.Later, ScriptedRelay.Broken })
        {
            var own = new DeliveryFixture();
            var id = await ReadyAsync(own);
            own.Relay.AnswerWith(_ => first);
            await own.Program.RunOnceAsync();
            Assert.Equal(AcceptOutcomeResult.Recorded, await ReportAsync(id, Spam, own));
            await own.RunAsync(TimeSpan.FromHours(14));

            Assert.Single(own.Relay.Offered);
            Assert.Equal((DeliveryState.Withheld, Reports.Complained), (own.Delivery(id).State, own.Delivery(id).Reports));
        }
    }

    [Fact]
    public async Task A_report_on_a_message_being_sent_must_come_again_but_a_complaint_counts()
    {
        var id = await ReadyAsync(fixture);
        var results = new List<AcceptOutcomeResult>();
        fixture.Relay.Answer = async (_, _) =>
        {
            results.Add(await ReportAsync(id, Gone));
            results.Add(await ReportAsync(id, Arrived));
            results.Add(await ReportAsync(id, Spam));
            return ScriptedRelay.Ok;
        };
        await fixture.Program.RunOnceAsync();

        Assert.All(results, result => Assert.Equal(AcceptOutcomeResult.NotSettled, result));
        Assert.Equal(SubscriberStatus.Complained, await StatusAsync(id));
        Assert.Equal((DeliveryState.Sent, Reports.None), (fixture.Delivery(id).State, fixture.Delivery(id).Reports));
        Assert.Equal(AcceptOutcomeResult.Recorded, await ReportAsync(id, Spam));
    }

    [Theory]
    [InlineData("delivered", DeliveryState.Sent)]
    [InlineData("bounced", DeliveryState.Rejected)]
    public async Task A_message_in_doubt_whose_fate_is_reported_is_not_sent_again(string outcome, DeliveryState state)
    {
        var id = await ReadyAsync(fixture);
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Broken);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(AcceptOutcomeResult.Recorded, await ReportAsync(id, new OutcomeInput { Outcome = outcome }));
        await fixture.RunAsync(TimeSpan.FromHours(2));

        Assert.Single(fixture.Relay.Offered);
        Assert.Equal(state, fixture.Delivery(id).State);
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today))!.State);
    }

    [Fact]
    public async Task A_delivery_that_is_held_is_settled_by_a_report()
    {
        var id = await ReadyAsync(fixture);
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Broken);
        await fixture.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(DeliveryState.Held, fixture.Delivery(id).State);
        await ReportAsync(id, Arrived);

        Assert.Equal((DeliveryState.Sent, (string?)null), (fixture.Delivery(id).State, fixture.Delivery(id).Reason));
    }

    [Fact]
    public async Task A_report_of_a_digest_that_is_older_than_a_new_confirmation_ends_nothing()
    {
        var id = await SentAsync();
        await ReportAsync(id, Gone);
        Assert.Equal(SubscriberStatus.Bounced, await StatusAsync(id));
        fixture.Advance(TimeSpan.FromHours(1));
        await fixture.Program.Get<SignUp>()
            .ExecuteAsync(new SignUpRequest(DeliveryFixture.Address(id), "page"), DeliveryFixture.Cancellation);
        Assert.Equal(SubscriberStatus.Bounced, await StatusAsync(id));
        await fixture.Program.Get<ConfirmSignUp>().ExecuteAsync(id, DeliveryFixture.Cancellation);
        Assert.Equal(SubscriberStatus.Active, await StatusAsync(id));

        await ReportAsync(id, Gone);
        await ReportAsync(id, Spam);
        Assert.Equal(SubscriberStatus.Active, await StatusAsync(id));
        fixture.Advance(TimeSpan.FromHours(1));
        await ReportAsync(id, Spam with { At = fixture.Time.GetUtcNow().ToString("o") });
        Assert.Equal(SubscriberStatus.Complained, await StatusAsync(id));
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    public async Task A_relays_clock_does_not_undo_a_complaint(string at)
    {
        var id = await SentAsync();
        await ReportAsync(id, Spam with { At = at });
        Assert.Equal(SubscriberStatus.Complained, await StatusAsync(id));
    }

    [Fact]
    public async Task A_restored_subscription_is_not_ended_again_by_the_same_report()
    {
        var id = await SentAsync();
        await ReportAsync(id, Gone);
        Assert.True(await fixture.Program.Get<RestoreSubscriber>().ExecuteAsync(id, DeliveryFixture.Cancellation));
        await ReportAsync(id, Gone);
        Assert.Equal(SubscriberStatus.Active, await StatusAsync(id));
        await AssertMailedTomorrowAsync(fixture, 1);
        await ReportAsync(id, Gone);
        Assert.Equal(SubscriberStatus.Bounced, await StatusAsync(id));

        await ReportAsync(id, Spam);
        Assert.False(await fixture.Program.Get<RestoreSubscriber>().ExecuteAsync(id, DeliveryFixture.Cancellation));
        Assert.False(await fixture.Program.Get<RestoreSubscriber>().ExecuteAsync(new string('0', 32), DeliveryFixture.Cancellation));
    }

    [Fact]
    public async Task A_report_that_names_no_delivery_changes_nothing()
    {
        var id = await SentAsync();
        var tokens = fixture.Program.Get<EnvelopeTokens>();
        foreach (var envelope in
            new[] { tokens.Create(fixture.Today.AddDays(-100), id), tokens.Create(fixture.Today, new string('0', 32)),
                tokens.Create(fixture.Today, id)[..^1] + "!" })
        {
            Assert.Equal(
                AcceptOutcomeResult.UnknownDelivery,
                (await fixture.Program.Get<AcceptOutcome>()
                    .ExecuteAsync(Gone with { Envelope = envelope }, DeliveryFixture.Cancellation)).Result);
        }

        Assert.Equal((DeliveryState.Sent, SubscriberStatus.Active), (fixture.Delivery(id).State, await StatusAsync(id)));
    }

    [Fact]
    public async Task A_complaint_counts_though_the_ledger_has_forgotten_the_delivery()
    {
        var id = await SentAsync();
        var envelope = fixture.Program.Get<EnvelopeTokens>().Create(fixture.Today.AddDays(-100), id);
        var accept = fixture.Program.Get<AcceptOutcome>();
        Assert.Equal(AcceptOutcomeResult.Recorded,
            (await accept.ExecuteAsync(Spam with { Envelope = envelope }, DeliveryFixture.Cancellation)).Result);
        Assert.Equal(AcceptOutcomeResult.AlreadyRecorded,
            (await accept.ExecuteAsync(Spam with { Envelope = envelope }, DeliveryFixture.Cancellation)).Result);
        Assert.Equal(SubscriberStatus.Complained, await StatusAsync(id));
    }

    private Task<string> SentAsync() => SentAsync(fixture);

    private static async Task<string> SentAsync(DeliveryFixture fixture)
    {
        var id = await ReadyAsync(fixture);
        await fixture.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((DeliveryState.Sent, RunState.Closed), (fixture.Delivery(id).State, (await fixture.RunOfAsync(fixture.Today))!.State));
        return id;
    }

    private static async Task<string> ReadyAsync(DeliveryFixture fixture)
    {
        var id = await fixture.SubscribeAsync();
        var hash = fixture.Program.Get<AddressHash>();
        Assert.True(EmailAddress.TryParse(DeliveryFixture.Address(id), out var address));
        await fixture.Program.Get<AddressStore>()
            .WriteAsync(new AddressRow(hash.Of(address), id, null, null), DeliveryFixture.Cancellation);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        return id;
    }

    private Task<AcceptOutcomeResult> ReportAsync(string id, OutcomeInput report) => ReportAsync(id, report, fixture);

    private static async Task<AcceptOutcomeResult> ReportAsync(
        string id, OutcomeInput report, DeliveryFixture fixture, Program? program = null)
    {
        program ??= fixture.Program;
        var envelope = $"bounces+{program.Get<EnvelopeTokens>().Create(fixture.Today, id)}@mail.example.com";
        return (await program.Get<AcceptOutcome>().ExecuteAsync(report with { Envelope = envelope }, DeliveryFixture.Cancellation)).Result;
    }

    private Task<SubscriberStatus?> StatusAsync(string id) => StatusAsync(id, fixture);

    private static async Task<SubscriberStatus?> StatusAsync(string id, DeliveryFixture fixture) =>
        (await fixture.Program.Get<SubscriberStore>().GetAsync(id, DeliveryFixture.Cancellation))?.Subscriber.Status;
}
