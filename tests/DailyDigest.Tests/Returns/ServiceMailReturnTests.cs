using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Returns;

/// <summary>Reports about confirmations and other service mails.</summary>
public sealed class ServiceMailReturnTests
{
    private const string Typo = "typo@example.com";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_confirmation_that_bounces_ends_the_sign_up(bool byMessageId)
    {
        var fixture = await ReturnFixture.SentAsync();
        var id = await fixture.SignUpAsync(Typo);
        var notice = fixture.Notice;
        Assert.Equal(SubscriberStatus.Pending, await fixture.StatusAsync(id));
        var report = byMessageId
            ? fixture.ByMessageId(ReturnKind.Bounced, notice.MessageId, Typo, ReturnFixture.Gone)
            : fixture.Report(ReturnKind.Bounced, ReturnFixture.Gone, notice.EnvelopeToken);
        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(report));
        Assert.Equal(ReturnResult.Repeated, await fixture.SettleAsync(report));

        var person = (await fixture.PersonAsync(id))!;
        Assert.Equal((SubscriberStatus.Bounced, (PendingSignUp?)null), (person.Status, person.SignUp));
        Assert.Equal(
            ConfirmOutcome.NothingToConfirm,
            await fixture.Publication.Program.Get<ConfirmSignUp>().ExecuteAsync(id, DeliveryFixture.Cancellation));
        Assert.False(await fixture.Publication.Program.Get<RestoreSubscriber>().ExecuteAsync(id, DeliveryFixture.Cancellation));
        var kept = Assert.Single(await NoticesAsync(fixture, id));
        Assert.Equal(("sent", "bounced", "no-such-user"), (kept.Outcome, kept.ReportedAs, kept.Reason));
        Assert.Equal("bounced=1 repeated=1", await fixture.CountsAsync());

        // The person may sign up again once the address works.
        fixture.Publication.Advance(TimeSpan.FromDays(2));
        Assert.Equal(id, await fixture.SignUpAsync(Typo));
        await fixture.Publication.Program.Get<ConfirmSignUp>().ExecuteAsync(id, DeliveryFixture.Cancellation);
        Assert.Equal(SubscriberStatus.Active, await fixture.StatusAsync(id));
    }

    [Theory]
    [InlineData(ReturnKind.Bounced, "mailbox-full")]
    [InlineData(ReturnKind.Delayed, null)]
    [InlineData(ReturnKind.Delivered, null)]
    public async Task A_sign_up_goes_on_after_a_soft_bounce_or_a_delay(ReturnKind kind, string? reason)
    {
        var fixture = await ReturnFixture.SentAsync();
        var id = await fixture.SignUpAsync(Typo);
        var report = fixture.Report(kind, reason is null ? null : new Verdict(reason), fixture.Notice.EnvelopeToken);
        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(report));
        Assert.Equal(SubscriberStatus.Pending, await fixture.StatusAsync(id));
        Assert.Equal(kind.ToString().ToLowerInvariant(), Assert.Single(await NoticesAsync(fixture, id)).ReportedAs);
        await fixture.Publication.Program.Get<ConfirmSignUp>().ExecuteAsync(id, DeliveryFixture.Cancellation);
        Assert.Equal(SubscriberStatus.Active, await fixture.StatusAsync(id));
    }

    [Fact]
    public async Task No_service_mail_that_bounces_ends_a_subscription()
    {
        var fixture = await ReturnFixture.SentAsync();
        var id = await fixture.SignUpAsync(Typo);
        var confirmation = fixture.Notice.EnvelopeToken;
        await fixture.Publication.Program.Get<ConfirmSignUp>().ExecuteAsync(id, DeliveryFixture.Cancellation);
        fixture.Publication.Advance(TimeSpan.FromDays(2));
        await fixture.SignUpAsync(Typo);
        Assert.Equal(nameof(NoticeKind.AlreadySubscribed), fixture.Notice.Subject);
        await fixture.Publication.Program.Get<NoticeStore>().AddLinkAsync(
            id, fixture.Publication.Time.GetUtcNow(), LinkPurpose.Data, DeliveryFixture.Cancellation);
        var already = fixture.Notice.EnvelopeToken;
        await fixture.SendNoticesAsync();
        Assert.Equal(nameof(NoticeKind.DataLink), fixture.Notice.Subject);
        foreach (var token in new[] { confirmation, already, fixture.Notice.EnvelopeToken })
        {
            Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(fixture.Report(ReturnKind.Bounced, ReturnFixture.Gone, token)));
        }

        Assert.Equal(SubscriberStatus.Active, await fixture.StatusAsync(id));
    }

    [Fact]
    public async Task A_bounce_of_an_older_confirmation_leaves_the_newer_one_alone()
    {
        var fixture = await ReturnFixture.SentAsync();
        var id = await fixture.SignUpAsync(Typo);
        var older = fixture.Notice.EnvelopeToken;
        fixture.Publication.Advance(TimeSpan.FromMinutes(2));
        await fixture.SignUpAsync(Typo, again: true);
        Assert.NotEqual(older, fixture.Notice.EnvelopeToken);
        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(fixture.Report(ReturnKind.Bounced, ReturnFixture.Gone, older)));
        Assert.NotNull((await fixture.PersonAsync(id))!.SignUp);
        Assert.Equal(
            ReturnResult.Done,
            await fixture.SettleAsync(fixture.Report(ReturnKind.Bounced, ReturnFixture.Gone, fixture.Notice.EnvelopeToken)));
        Assert.Null((await fixture.PersonAsync(id))!.SignUp);
    }

    [Theory]
    [InlineData(ReturnKind.Bounced)]
    [InlineData(ReturnKind.Complained)]
    public async Task A_mail_to_a_new_address_that_comes_back_ends_that_request_only(ReturnKind kind)
    {
        var fixture = await ReturnFixture.SentAsync();
        await AskAsync(fixture, "other@example.com");
        var first = fixture.Notice;
        Assert.Equal("other@example.com", first.To.Value);
        fixture.Publication.Advance(TimeSpan.FromMinutes(1));
        await AskAsync(fixture, "new@example.com");
        await fixture.SettleAsync(fixture.Report(kind, ReturnFixture.Gone, first.EnvelopeToken));
        Assert.Equal("new@example.com", (await fixture.PersonAsync())!.NewAddress!.Address);

        await fixture.SettleAsync(fixture.Report(kind, ReturnFixture.Gone, fixture.Notice.EnvelopeToken));
        var person = (await fixture.PersonAsync())!;
        Assert.Equal((SubscriberStatus.Active, (NewAddress?)null), (person.Status, person.NewAddress));
        Assert.Equal(
            kind == ReturnKind.Complained ? Suppression.Complained : null, (await fixture.AddressAsync(fixture.Notice.To)).Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_complaint_about_a_service_mail_ends_everything_of_its_reader(bool confirmed)
    {
        var fixture = await ReturnFixture.SentAsync();
        var id = await fixture.SignUpAsync(Typo);
        var report = fixture.Report(ReturnKind.Complained, token: fixture.Notice.EnvelopeToken);
        if (confirmed)
        {
            await fixture.Publication.Program.Get<ConfirmSignUp>().ExecuteAsync(id, DeliveryFixture.Cancellation);
            fixture.Publication.Advance(TimeSpan.FromMinutes(2));
            report = report with { At = fixture.Publication.Time.GetUtcNow() };
        }

        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(report));
        Assert.Equal(SubscriberStatus.Complained, await fixture.StatusAsync(id));
        Assert.Equal(Suppression.Complained, (await fixture.AddressAsync(fixture.Notice.To)).Reason);
    }

    [Fact]
    public async Task A_notice_that_is_still_being_sent_or_is_forgotten_is_not_settled()
    {
        var fixture = await ReturnFixture.SentAsync();
        fixture.Publication.Relay.NoticeAnswer = ScriptedRelay.Broken;
        var id = await fixture.SignUpAsync(Typo);
        var (token, report) = (fixture.Notice.EnvelopeToken!, fixture.Report(ReturnKind.Bounced, ReturnFixture.Gone));
        report = report with { Candidates = [new ReturnCandidate(ReturnProof.Token, token, null)] };
        Assert.Equal(ReturnResult.NotYet, await fixture.SettleAsync(report));
        fixture.Publication.Relay.NoticeAnswer = ScriptedRelay.Ok;
        fixture.Publication.Advance(TimeSpan.FromMinutes(10));
        await fixture.SendNoticesAsync();
        Assert.Equal((2, token), (fixture.Publication.Relay.Notices.Count, fixture.Notice.EnvelopeToken));
        Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(report));
        Assert.Equal(SubscriberStatus.Bounced, await fixture.StatusAsync(id));

        var unknown = fixture.Publication.Program.Get<NoticeTokens>().Create($"{id}~1700000000");
        Assert.Equal(
            ReturnResult.Unproven, await fixture.SettleAsync(fixture.Report(ReturnKind.Bounced, ReturnFixture.Gone, unknown)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopped_at_any_write_a_bounced_confirmation_is_settled_whole(bool after)
    {
        for (var write = 1; ; write++)
        {
            var fixture = await ReturnFixture.SentAsync();
            var id = await fixture.SignUpAsync(Typo);
            var report = fixture.Report(ReturnKind.Bounced, ReturnFixture.Gone, fixture.Notice.EnvelopeToken);
            var program = fixture.Publication.Start(
                new FaultPlan { StopAfter = after ? write : null, StopBefore = after ? null : write });
            try
            {
                await fixture.SettleAsync(report, program);
            }
            catch (ProgramStoppedException)
            {
            }

            if (!program.Plan.Stopped)
            {
                Assert.InRange(write, 4, 20);
                return;
            }

            await fixture.SettleAsync(report);
            var kept = Assert.Single(await NoticesAsync(fixture, id));
            Assert.Equal((SubscriberStatus.Bounced, "bounced"), (await fixture.StatusAsync(id), kept.ReportedAs));
            Assert.StartsWith("bounced=1", await fixture.CountsAsync(), StringComparison.Ordinal);
        }
    }

    private static async Task AskAsync(ReturnFixture fixture, string address)
    {
        Assert.Equal(
            NewAddressAnswer.Asked,
            await fixture.Publication.Program.Get<AskNewAddress>().ExecuteAsync(fixture.Reader, address, DeliveryFixture.Cancellation));
        await fixture.SendNoticesAsync();
    }

    private static Task<IReadOnlyList<KeptNotice>> NoticesAsync(ReturnFixture fixture, string id) => fixture.Publication.Program
        .Get<NoticeStore>().ListAsync(id, fixture.Publication.Time.GetUtcNow(), 14, DeliveryFixture.Cancellation);
}
