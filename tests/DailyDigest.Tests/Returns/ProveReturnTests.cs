using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Returns;

/// <summary>Reports without a token: by Message-ID, and by recipient and instant if a provider vouches for them.</summary>
public sealed class ProveReturnTests
{
    [Fact]
    public async Task The_Message_ID_of_a_sent_digest_proves_its_delivery_for_its_recipient_only()
    {
        var fixture = await ReturnFixture.SentAsync();
        var sent = fixture.Publication.Relay.Inbox.Single().MessageId;
        var stranger = DeliveryFixture.Address(await fixture.SubscribeAsync());
        (string Id, string? Recipient)[] bad =
        [
            (sent, null), (sent, stranger), (sent, "nobody@example.com"), (sent, "no address"),
            ("20260302." + new string('a', 32) + "@" + ReturnFixture.Domain, fixture.Address),
            (sent.Replace("20260302", "20260303", StringComparison.Ordinal), fixture.Address),
            (sent.Split('@')[0], fixture.Address), ("@", fixture.Address), ("99999999." + new string('a', 32) + "@x", fixture.Address),
            ("notice." + new string('a', 24) + "@x", fixture.Address), (new string('9', 100_000) + "@x", fixture.Address),
        ];
        foreach (var (id, recipient) in bad)
        {
            var report = fixture.ByMessageId(ReturnKind.Bounced, id, recipient, ReturnFixture.Gone);
            Assert.Equal(ReturnResult.Unproven, await fixture.SettleAsync(report));
        }

        Assert.Equal((DeliveryState.Sent, SubscriberStatus.Active), (fixture.Delivery.State, await fixture.StatusAsync()));
        Assert.Equal(
            ReturnResult.Done,
            await fixture.SettleAsync(fixture.ByMessageId(
                ReturnKind.Bounced, sent.ToUpperInvariant(), fixture.Address.ToUpperInvariant(), ReturnFixture.Gone)));
        Assert.Equal((DeliveryState.Rejected, SubscriberStatus.Bounced), (fixture.Delivery.State, await fixture.StatusAsync()));
        Assert.Equal("MessageId", fixture.Records.Single(row => row.Text("result") == "Done").Text("proof"));
    }

    [Fact]
    public async Task A_token_is_stronger_than_a_Message_ID_and_a_recipient()
    {
        var fixture = await ReturnFixture.SentAsync();
        var report = fixture.Report(ReturnKind.Bounced, ReturnFixture.Gone) with
        {
            Candidates =
            [
                new ReturnCandidate(ReturnProof.MessageId, "20260302." + new string('a', 32) + "@x", "nobody@example.com"),
                new ReturnCandidate(ReturnProof.Token, new string('a', 48), fixture.Address),
                new ReturnCandidate(ReturnProof.Token, fixture.Token.ToUpperInvariant(), "nobody@example.com"),
            ],
            Recipient = "nobody@example.com",
        };
        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(report));
        Assert.Equal(SubscriberStatus.Bounced, await fixture.StatusAsync());
    }

    [Fact]
    public async Task Recipient_and_instant_prove_the_newest_mail_before_if_a_provider_vouches()
    {
        var fixture = await ReturnFixture.SentAsync();
        var sent = fixture.Delivery.At;
        await fixture.Publication.PublishAsync();
        fixture.Publication.GoTo(3, 7);
        await fixture.Publication.RunAsync(TimeSpan.FromMinutes(1));
        var report = fixture.Report(ReturnKind.Delayed) with { Candidates = [], Recipient = fixture.Address, At = sent.AddHours(20) };
        Assert.Equal(ReturnResult.Unproven, await fixture.SettleAsync(report));

        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(Vouched(report, sent.AddHours(20))));
        Assert.Equal(Reports.Delayed, fixture.Publication.Ledger(fixture.Today.AddDays(-1)).Single().Reports);
        Assert.Equal(Reports.None, fixture.Delivery.Reports);
        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(Vouched(report, sent.AddDays(1).AddMinutes(2))));
        Assert.Equal(Reports.Delayed, fixture.Delivery.Reports);

        Assert.Equal(ReturnResult.Unproven, await fixture.SettleAsync(Vouched(report, sent.AddHours(-1))));
        Assert.Equal(ReturnResult.Unproven, await fixture.SettleAsync(Vouched(report, sent.AddDays(20))));
        Assert.Equal(ReturnResult.Unproven, await fixture.SettleAsync(Vouched(report, sent) with { Recipient = "nobody@example.com" }));
        Assert.Equal(ReturnResult.Unproven, await fixture.SettleAsync(Vouched(report, sent) with { At = null }));
    }

    [Fact]
    public async Task A_vouched_bounce_after_a_confirmation_is_about_that_mail()
    {
        var fixture = await ReturnFixture.SentAsync();
        var id = await fixture.SignUpAsync("typo@example.com");
        var report = Vouched(
            fixture.Report(ReturnKind.Bounced, ReturnFixture.Gone) with { Candidates = [], Recipient = "typo@example.com" },
            fixture.Publication.Time.GetUtcNow());
        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(report));
        Assert.Equal(SubscriberStatus.Bounced, await fixture.StatusAsync(id));
        Assert.Equal(SubscriberStatus.Active, await fixture.StatusAsync());
    }

    [Fact]
    public async Task Many_recipients_cost_few_lookups()
    {
        var fixture = await ReturnFixture.SentAsync();
        var sent = fixture.Publication.Relay.Inbox.Single().MessageId;
        var report = fixture.Report(ReturnKind.Bounced, ReturnFixture.Gone) with
        {
            Candidates = [.. Enumerable.Range(0, 10_000).Select(
                number => new ReturnCandidate(ReturnProof.MessageId, sent, $"reader{number}@example.com"))],
        };
        var program = fixture.Publication.Start();
        Assert.Equal(ReturnResult.Unproven, await fixture.SettleAsync(report, program));
        Assert.InRange(program.Plan.Trace.Count, 3, 10);
    }

    private static int vouched;

    private static ReturnEvent Vouched(ReturnEvent report, DateTimeOffset at) =>
        report with { Source = "azure", Id = $"event {++vouched}", IsVouched = true, At = at };
}
