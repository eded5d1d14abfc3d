using DailyDigest.Mailing;
using DailyDigest.Reporting;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Tests.Delivery;

/// <summary>What relays report after they took a message.</summary>
public sealed partial class LateReportTests
{
    private static readonly OutcomeInput Gone = new() { Outcome = "bounced", Status = "5.1.1", Reply = "550 5.1.1 no such user" };
    private static readonly OutcomeInput Spam = new() { Outcome = "complained" };
    private static readonly OutcomeInput Arrived = new() { Outcome = "delivered" };
    private readonly World world = new();

    [Fact]
    public async Task A_bounce_turns_sent_into_rejected_with_its_reason_and_no_address_in_it()
    {
        var id = await SentAsync();
        var at = world.Delivery(id).At;
        world.Advance(TimeSpan.FromHours(1));
        await ReportAsync(id, Gone with { Reply = "550 5.1.1 <some.one@example.com>: \u202eno\r\nsuch user \"a b\"@example.com, some%40example.com", Status = null });

        var row = world.Delivery(id);
        Assert.Equal((DeliveryState.Rejected, "no-such-user", Reports.Bounced), (row.State, row.Reason, row.Reports));
        Assert.Equal("reported later: 550 5.1.1 <address>: no such user <address>, <address>", row.Reply);
        Assert.Equal((at, world.Time.GetUtcNow()), (row.At, row.Reported));
        var report = Assert.Single(await world.Program.Get<ReportRun>().ExecuteAsync(world.Today, World.Cancellation));
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
    [InlineData("4.1.1", "other", false)]
    [InlineData("5.0.0", "other", false)]
    [InlineData("5.1.1.1", "other", false)]
    [InlineData(null, "other", false)]
    public async Task Only_a_reason_about_the_recipient_ends_a_subscription(string? status, string reason, bool ends)
    {
        var id = await SentAsync();
        Assert.Equal(AcceptOutcomeResult.Recorded, await ReportAsync(id, new OutcomeInput { Outcome = "bounced", Status = status, Reply = "no" }));

        Assert.Equal((DeliveryState.Rejected, reason), (world.Delivery(id).State, world.Delivery(id).Reason));
        Assert.Equal(ends ? SubscriberStatus.Bounced : SubscriberStatus.Active, await StatusAsync(id));
    }

    [Fact]
    public async Task After_a_complaint_was_answered_nothing_is_begun_whatever_the_delivery_was_at()
    {
        foreach (var first in new[] { ScriptedRelay.Later, ScriptedRelay.Broken })
        {
            var own = new World();
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
    public async Task A_report_on_a_message_that_is_on_the_wire_is_to_come_again_and_a_complaint_counts_already()
    {
        var id = await ReadyAsync(world);
        var results = new List<AcceptOutcomeResult>();
        world.Relay.Answer = async (_, _) =>
        {
            results.Add(await ReportAsync(id, Gone));
            results.Add(await ReportAsync(id, Arrived));
            results.Add(await ReportAsync(id, Spam));
            return ScriptedRelay.Ok;
        };
        await world.Program.RunOnceAsync();

        Assert.All(results, result => Assert.Equal(AcceptOutcomeResult.NotSettled, result));
        Assert.Equal(SubscriberStatus.Complained, await StatusAsync(id));
        Assert.Equal((DeliveryState.Sent, Reports.None), (world.Delivery(id).State, world.Delivery(id).Reports));
        Assert.Equal(AcceptOutcomeResult.Recorded, await ReportAsync(id, Spam));
    }

    [Theory]
    [InlineData("delivered", DeliveryState.Sent)]
    [InlineData("bounced", DeliveryState.Rejected)]
    public async Task A_message_in_doubt_whose_fate_is_reported_is_not_sent_again(string outcome, DeliveryState state)
    {
        var id = await ReadyAsync(world);
        world.Relay.AnswerWith(_ => ScriptedRelay.Broken);
        await world.Program.RunOnceAsync();
        Assert.Equal(AcceptOutcomeResult.Recorded, await ReportAsync(id, new OutcomeInput { Outcome = outcome }));
        await world.RunAsync(TimeSpan.FromHours(2));

        Assert.Single(world.Relay.Offered);
        Assert.Equal(state, world.Delivery(id).State);
        Assert.Equal(RunState.Closed, (await world.RunOfAsync(world.Today))!.State);
    }

    [Fact]
    public async Task A_delivery_that_is_held_is_settled_by_a_report()
    {
        var id = await ReadyAsync(world);
        world.Relay.AnswerWith(_ => ScriptedRelay.Broken);
        await world.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(DeliveryState.Held, world.Delivery(id).State);
        await ReportAsync(id, Arrived);

        Assert.Equal((DeliveryState.Sent, (string?)null), (world.Delivery(id).State, world.Delivery(id).Reason));
    }

    [Fact]
    public async Task A_report_of_a_digest_that_is_older_than_a_new_confirmation_ends_nothing()
    {
        var id = await SentAsync();
        await ReportAsync(id, Gone);
        Assert.Equal(SubscriberStatus.Bounced, await StatusAsync(id));
        world.Advance(TimeSpan.FromHours(1));
        await world.Program.Get<SignUp>().ExecuteAsync(new SignUpRequest(World.Address(id), "page"), World.Cancellation);
        Assert.Equal(SubscriberStatus.Bounced, await StatusAsync(id));
        await world.Program.Get<ConfirmSignUp>().ExecuteAsync(id, World.Cancellation);
        Assert.Equal(SubscriberStatus.Active, await StatusAsync(id));

        await ReportAsync(id, Gone);
        await ReportAsync(id, Spam);
        Assert.Equal(SubscriberStatus.Active, await StatusAsync(id));
        world.Advance(TimeSpan.FromHours(1));
        await ReportAsync(id, Spam with { At = world.Time.GetUtcNow().ToString("o") });
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
    public async Task Who_was_restored_by_an_operator_is_not_ended_again_by_the_same_report()
    {
        var id = await SentAsync();
        await ReportAsync(id, Gone);
        Assert.True(await world.Program.Get<RestoreSubscriber>().ExecuteAsync(id, World.Cancellation));
        await ReportAsync(id, Gone);
        Assert.Equal(SubscriberStatus.Active, await StatusAsync(id));
        await AssertMailedTomorrowAsync(world, 1);
        await ReportAsync(id, Gone);
        Assert.Equal(SubscriberStatus.Bounced, await StatusAsync(id));

        await ReportAsync(id, Spam);
        Assert.False(await world.Program.Get<RestoreSubscriber>().ExecuteAsync(id, World.Cancellation));
        Assert.False(await world.Program.Get<RestoreSubscriber>().ExecuteAsync(new string('0', 32), World.Cancellation));
    }

    [Fact]
    public async Task What_names_no_delivery_changes_nothing()
    {
        var id = await SentAsync();
        var tokens = world.Program.Get<EnvelopeTokens>();
        foreach (var envelope in new[] { tokens.Create(world.Today.AddDays(-100), id), tokens.Create(world.Today, new string('0', 32)), tokens.Create(world.Today, id)[..^1] + "!" })
        {
            Assert.Equal(AcceptOutcomeResult.UnknownDelivery, (await world.Program.Get<AcceptOutcome>().ExecuteAsync(Gone with { Envelope = envelope }, World.Cancellation)).Result);
        }

        Assert.Equal((DeliveryState.Sent, SubscriberStatus.Active), (world.Delivery(id).State, await StatusAsync(id)));
    }

    [Fact]
    public async Task A_complaint_counts_though_the_ledger_has_forgotten_the_delivery()
    {
        var id = await SentAsync();
        var envelope = world.Program.Get<EnvelopeTokens>().Create(world.Today.AddDays(-100), id);
        var accept = world.Program.Get<AcceptOutcome>();
        Assert.Equal(AcceptOutcomeResult.Recorded, (await accept.ExecuteAsync(Spam with { Envelope = envelope }, World.Cancellation)).Result);
        Assert.Equal(AcceptOutcomeResult.AlreadyRecorded, (await accept.ExecuteAsync(Spam with { Envelope = envelope }, World.Cancellation)).Result);
        Assert.Equal(SubscriberStatus.Complained, await StatusAsync(id));
    }

    private Task<string> SentAsync() => SentAsync(world);

    private static async Task<string> SentAsync(World world)
    {
        var id = await ReadyAsync(world);
        await world.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((DeliveryState.Sent, RunState.Closed), (world.Delivery(id).State, (await world.RunOfAsync(world.Today))!.State));
        return id;
    }

    private static async Task<string> ReadyAsync(World world)
    {
        var id = await world.SubscribeAsync();
        var hash = world.Program.Get<AddressHash>();
        Assert.True(EmailAddress.TryParse(World.Address(id), out var address));
        await world.Program.Get<AddressStore>().WriteAsync(new AddressRow(hash.Of(address), id, null, null), World.Cancellation);
        await world.PublishAsync();
        world.GoTo(2, 7);
        return id;
    }

    private Task<AcceptOutcomeResult> ReportAsync(string id, OutcomeInput report) => ReportAsync(id, report, world);

    private static async Task<AcceptOutcomeResult> ReportAsync(string id, OutcomeInput report, World world, Program? program = null)
    {
        program ??= world.Program;
        var envelope = $"bounces+{program.Get<EnvelopeTokens>().Create(world.Today, id)}@mail.example.com";
        return (await program.Get<AcceptOutcome>().ExecuteAsync(report with { Envelope = envelope }, World.Cancellation)).Result;
    }

    private Task<SubscriberStatus?> StatusAsync(string id) => StatusAsync(id, world);

    private static async Task<SubscriberStatus?> StatusAsync(string id, World world) =>
        (await world.Program.Get<SubscriberStore>().GetAsync(id, World.Cancellation))?.Subscriber.Status;
}
