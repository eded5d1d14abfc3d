using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Returns;

/// <summary>Reports of each kind about a digest, proven by the token of its envelope address.</summary>
public sealed class SettleReturnTests
{
    [Theory]
    [InlineData(ReturnKind.Bounced, "no-such-user", DeliveryState.Rejected, SubscriberStatus.Bounced)]
    [InlineData(ReturnKind.Bounced, "mailbox-full", DeliveryState.Rejected, SubscriberStatus.Active)]
    [InlineData(ReturnKind.Bounced, null, DeliveryState.Rejected, SubscriberStatus.Active)]
    [InlineData(ReturnKind.Delayed, null, DeliveryState.Sent, SubscriberStatus.Active)]
    [InlineData(ReturnKind.Delivered, null, DeliveryState.Sent, SubscriberStatus.Active)]
    [InlineData(ReturnKind.Complained, null, DeliveryState.Sent, SubscriberStatus.Complained)]
    public async Task Each_kind_has_its_effect_once(
        ReturnKind kind, string? reason, DeliveryState state, SubscriberStatus status)
    {
        var fixture = await ReturnFixture.SentAsync();
        var report = fixture.Report(kind, reason is null ? null : new Verdict(reason));
        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(report));
        Assert.Equal((state, kind.ToString()), (fixture.Delivery.State, fixture.Delivery.Reports.ToString()));
        Assert.Equal(status, await fixture.StatusAsync());

        var before = fixture.Delivery;
        Assert.Equal(ReturnResult.Repeated, await fixture.SettleAsync(report));
        Assert.Equal(before, fixture.Delivery);
        var name = kind.ToString().ToLowerInvariant();
        Assert.Equal(string.Join(' ', new[] { name + "=1", "repeated=1" }.Order(StringComparer.Ordinal)), await fixture.CountsAsync());
        var row = Assert.Single(fixture.Records);
        Assert.Equal(
            (kind.ToString(), "Done", "Token", fixture.Today, fixture.Reader, 4_000L),
            (row.Text("kind"), row.Text("result"), row.Text("proof"), row.Date("date"), row.Text("subscriber"), row.Whole("size")));
        Assert.Equal(kind == ReturnKind.Bounced ? reason ?? "other" : null, row.Text("reason"));
    }

    [Theory]
    [InlineData(ReturnKind.AutoReply, ReturnResult.Counted, "autoreply=1 repeated=1")]
    [InlineData(ReturnKind.Challenge, ReturnResult.Counted, "challenge=1 repeated=1")]
    [InlineData(ReturnKind.Other, ReturnResult.Unknown, "other=1")]
    public async Task A_kind_that_means_nothing_is_counted_and_changes_nothing(ReturnKind kind, ReturnResult result, string counts)
    {
        var fixture = await ReturnFixture.SentAsync();
        var (before, report) = (fixture.Delivery, fixture.Report(kind));
        Assert.Equal(result, await fixture.SettleAsync(report));
        Assert.Equal(kind == ReturnKind.Other ? result : ReturnResult.Repeated, await fixture.SettleAsync(report));
        Assert.Equal((before, SubscriberStatus.Active), (fixture.Delivery, await fixture.StatusAsync()));
        Assert.Equal(counts, await fixture.CountsAsync());
    }

    [Fact]
    public async Task An_unsubscribe_request_needs_its_own_token()
    {
        var fixture = await ReturnFixture.SentAsync();
        var tokens = fixture.Publication.Program.Get<UnsubscribeTokens>();
        var good = tokens.Create(fixture.Reader, fixture.Publication.Time.GetUtcNow());
        string[] bad = [fixture.Token, good[..^1] + (good[^1] == 'a' ? 'b' : 'a'), new string('a', 48), ""];
        foreach (var token in bad)
        {
            Assert.Equal(ReturnResult.Unproven, await fixture.SettleAsync(fixture.Report(ReturnKind.Unsubscribe, token: token)));
        }

        Assert.Equal(SubscriberStatus.Active, await fixture.StatusAsync());
        Assert.Equal(
            ReturnResult.Unproven, await fixture.SettleAsync(fixture.Report(ReturnKind.Bounced, ReturnFixture.Gone, token: good)));
        Assert.Equal(
            ReturnResult.Done, await fixture.SettleAsync(fixture.Report(ReturnKind.Unsubscribe, token: good.ToLowerInvariant())));
        Assert.Equal(SubscriberStatus.Unsubscribed, await fixture.StatusAsync());
        Assert.Equal("unproven-bounced=1 unproven-unsubscribe=4 unsubscribe=1", await fixture.CountsAsync());
    }

    [Fact]
    public async Task Nothing_but_a_valid_token_of_the_delivery_proves_it()
    {
        var fixture = await ReturnFixture.SentAsync();
        var program = fixture.Publication.Program;
        var forged = new EnvelopeTokens(new LinksOptions { Keys = Convert.ToBase64String(new byte[32]) });
        var (before, token) = (fixture.Delivery, fixture.Token);
        string[] bad =
        [
            forged.Create(fixture.Today, fixture.Reader), token[..^1], token + "a", token.ToUpperInvariant() + "A", "", "+@", "\0",
            new string('a', 48), new string('b', 10_000),
            program.Get<EnvelopeTokens>().Create(fixture.Today.AddDays(-1), fixture.Reader),
            program.Get<EnvelopeTokens>().Create(fixture.Today, new string('0', 32)),
            program.Get<ReaderLinks>().Unsubscribe(fixture.Reader),
            "../../x#?", "\ud800", fixture.Address,
        ];
        foreach (var candidate in bad)
        {
            foreach (var proof in new[] { ReturnProof.Token, ReturnProof.MessageId, ReturnProof.Vouched })
            {
                var report = fixture.Report(ReturnKind.Bounced, ReturnFixture.Gone) with
                {
                    Candidates = [new ReturnCandidate(proof, candidate, fixture.Address)],
                    Recipient = fixture.Address,
                    At = fixture.Publication.Time.GetUtcNow(),
                };
                Assert.Equal(ReturnResult.Unproven, await fixture.SettleAsync(report));
            }
        }

        Assert.Equal((before, SubscriberStatus.Active), (fixture.Delivery, await fixture.StatusAsync()));
        Assert.Equal($"unproven-bounced={3 * bad.Length}", await fixture.CountsAsync());
        Assert.DoesNotContain(fixture.Records, row => row.Any(pair => pair.Value is string text && text.Contains('@')));
    }

    [Fact]
    public async Task A_report_about_a_message_being_sent_comes_again_and_is_counted_once()
    {
        var fixture = await ReturnFixture.SentAsync(andRun: false);
        var (results, report) = (new List<ReturnResult>(), fixture.Report(ReturnKind.Bounced, ReturnFixture.Gone));
        fixture.Publication.Relay.Answer = async (_, _) =>
        {
            results.Add(await fixture.SettleAsync(report));
            return ScriptedRelay.Ok;
        };
        await fixture.Publication.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal([ReturnResult.NotYet], results);
        Assert.Empty(fixture.Records);
        Assert.Equal("", await fixture.CountsAsync());

        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(report));
        Assert.Equal(("bounced=1", SubscriberStatus.Bounced), (await fixture.CountsAsync(), await fixture.StatusAsync()));
    }

    [Fact]
    public async Task The_same_report_is_known_on_another_day_and_another_one_changes_nothing()
    {
        var fixture = await ReturnFixture.SentAsync();
        var (day, report) = (fixture.Today, fixture.Report(ReturnKind.Bounced, ReturnFixture.Full));
        var replayed = report with { Id = "replayed with other headers" };
        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(report));
        fixture.Publication.Advance(TimeSpan.FromDays(3));
        Assert.Equal(ReturnResult.Repeated, await fixture.SettleAsync(report));
        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(replayed));
        Assert.Equal(2, fixture.Records.Count);
        Assert.Equal("bounced=2 repeated=1", await fixture.CountsAsync(day));
        Assert.Equal(Reports.Bounced, Assert.Single(fixture.Publication.Ledger(day)).Reports);
    }

    [Theory]
    [InlineData(-40)]
    [InlineData(2)]
    public async Task A_wrong_clock_of_the_sender_does_not_choose_the_day(int days)
    {
        var fixture = await ReturnFixture.SentAsync();
        var report = fixture.Report(ReturnKind.Delayed) with
        {
            Arrived = null,
            At = fixture.Publication.Time.GetUtcNow().AddDays(days),
        };
        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(report));
        Assert.Equal("delayed=1", await fixture.CountsAsync());
        fixture.Publication.Advance(TimeSpan.FromHours(20));
        Assert.Equal(ReturnResult.Repeated, await fixture.SettleAsync(report));
    }

    [Fact]
    public async Task Reports_of_the_api_are_counted_with_the_others()
    {
        var fixture = await ReturnFixture.SentAsync();
        var accept = fixture.Publication.Program.Get<AcceptOutcome>();
        foreach (var token in new[] { fixture.Token, fixture.Token, "forged" })
        {
            await accept.ExecuteAsync(
                new OutcomeInput { Envelope = token, Outcome = "bounced", Status = "5.1.1" }, DeliveryFixture.Cancellation);
        }

        Assert.Equal("bounced=1 repeated=1 unproven-bounced=1", await fixture.CountsAsync());
        Assert.All(fixture.Records, row => Assert.Equal("api", row.Text("source")));
    }
}
