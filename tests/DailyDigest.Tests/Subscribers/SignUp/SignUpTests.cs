using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

public sealed class SignUpTests
{
    private const string Reader = "reader@example.com";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Signing_up_and_confirming_makes_a_subscriber(bool sqlite)
    {
        using var fixture = new SubscriberFixture(sqlite);
        var pending = await fixture.SignedUpAsync(Reader);
        Assert.Equal(SubscriberStatus.Pending, pending.Status);
        Assert.False(await fixture.IsMailedAsync(pending.Id));

        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        var letter = Assert.Single(fixture.Box.Letters);
        Assert.Equal((Reader, "Confirm en"), (letter.To.Value, letter.Subject));
        Assert.True(fixture.ReaderLinks.TryRead(LinkPurpose.Confirm, letter.Text[(letter.Text.LastIndexOf('/') + 1)..], out var link));
        var id = link.SubscriberId;
        Assert.Equal(pending.Id, id);

        Assert.Equal(ConfirmOutcome.Active, await fixture.Confirm.ExecuteAsync(id, CancellationToken.None));
        Assert.Equal(["daily_07_Europe.Paris"], await fixture.ServedByAsync(id, new DateOnly(2026, 3, 2)));
        Assert.Equal(ConfirmOutcome.Active, await fixture.Confirm.ExecuteAsync(id, CancellationToken.None));
        Assert.Equal(SignUp.Wording, (await fixture.FindAsync(Reader))!.Consent.Wording);
    }

    [Fact]
    public async Task An_address_gets_one_mail_a_day_for_any_number_of_sign_ups()
    {
        using var fixture = new SubscriberFixture();
        for (var hour = 0; hour < 23; hour++)
        {
            await fixture.SignedUpAsync(Reader.ToUpperInvariant());
            await fixture.SignedUpAsync(Reader);
            await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
            fixture.Time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Single(fixture.Box.Letters);
        fixture.Time.Advance(TimeSpan.FromHours(2));
        await fixture.SignedUpAsync(Reader);
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal(2, fixture.Box.Letters.Count);
    }

    [Fact]
    public async Task Signing_up_while_subscribed_sends_the_preferences_and_changes_nothing()
    {
        using var fixture = new SubscriberFixture();
        var before = await fixture.SubscribedAsync(Reader);
        await fixture.SignedUpAsync(Reader);
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal("AlreadySubscribed en", Assert.Single(fixture.Box.Letters).Subject);
        var after = await fixture.FindAsync(Reader);
        Assert.Equivalent(before with { Asked = after!.Asked }, after);
    }

    [Fact]
    public async Task After_unsubscribing_signing_up_works_again_at_once()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Reader);
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        await fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
        Assert.Equal(ConfirmOutcome.NothingToConfirm, await fixture.Confirm.ExecuteAsync(person.Id, CancellationToken.None));

        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(SubscriberStatus.Unsubscribed, (await fixture.SignedUpAsync(Reader)).Status);
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal("Confirm en", fixture.Box.Letters[^1].Subject);
        Assert.False(await fixture.IsMailedAsync(person.Id));
        Assert.Equal(ConfirmOutcome.Active, await fixture.Confirm.ExecuteAsync(person.Id, CancellationToken.None));
        Assert.True(await fixture.IsMailedAsync(person.Id));
    }

    [Theory]
    [InlineData(Suppression.Complained, true)]
    [InlineData(Suppression.Bounced, true)]
    [InlineData(Suppression.Blocked, false)]
    public async Task A_suppressed_address_returns_only_by_confirmation_and_a_blocked_one_never(
        Suppression reason, bool returns)
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Reader);
        await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(Reader), reason, CancellationToken.None);
        Assert.False(await fixture.IsMailedAsync(person.Id));

        await fixture.SignedUpAsync(Reader);
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal(returns ? 1 : 0, fixture.Box.Letters.Count);
        await fixture.Confirm.ExecuteAsync(person.Id, CancellationToken.None);
        Assert.Equal(returns, await fixture.IsMailedAsync(person.Id));
        Assert.Equal(
            returns ? null : reason, (await fixture.Find.ExecuteAsync(SubscriberFixture.Address(Reader), CancellationToken.None)).Reason);
    }

    [Fact]
    public async Task All_kinds_of_addresses_take_the_same_path_through_storage()
    {
        using var fixture = new SubscriberFixture();
        await fixture.SignedUpAsync("pending@example.com");
        await fixture.SubscribedAsync("active@example.com");
        await fixture.Unsubscribe.ExecuteAsync((await fixture.SubscribedAsync("former@example.com")).Id, CancellationToken.None);
        await fixture.SubscribedAsync("blocked@example.com");
        await fixture.Suppress.ExecuteAsync(
            SubscriberFixture.Address("blocked@example.com"), Suppression.Complained, CancellationToken.None);
        await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address("unknown@example.com"), Suppression.Blocked, CancellationToken.None);
        await fixture.SubscribedAsync("erased@example.com");
        await fixture.Erase.ExecuteAsync(SubscriberFixture.Address("erased@example.com"), CancellationToken.None);

        var paths = new List<string>();
        foreach (var name in new[] { "new", "pending", "active", "former", "blocked", "unknown", "erased", "pending" })
        {
            fixture.Plan.Restart();
            Assert.Equal(SignUpOutcome.Accepted,
                await fixture.SignUp.ExecuteAsync(new SignUpRequest(name + "@example.com", "page"), CancellationToken.None));
            paths.Add(string.Join(", ", fixture.Plan.Trace.Select(call => $"{call.Operation} {call.Place}")));
        }

        Assert.Equal(
            "Get Addresses, Get Subscribers, Write Addresses, Get Subscribers, Write Subscribers, Write Notices",
            Assert.Single(paths.Distinct()));
    }

    [Fact]
    public async Task Two_sign_ups_of_one_address_at_once_make_one_subscriber_who_can_confirm()
    {
        using var fixture = new SubscriberFixture();
        var first = true;
        fixture.Plan.Before = async call =>
        {
            if (first && call is { Operation: "Write", Place: "Subscribers" })
            {
                first = false;
                await fixture.SignUp.ExecuteAsync(new SignUpRequest(Reader, "page"), CancellationToken.None);
            }
        };
        await fixture.SignUp.ExecuteAsync(new SignUpRequest(Reader, "page"), CancellationToken.None);
        fixture.Plan.Before = null;

        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        var letter = Assert.Single(fixture.Box.Letters);
        Assert.True(fixture.ReaderLinks.TryRead(LinkPurpose.Confirm, letter.Text[(letter.Text.LastIndexOf('/') + 1)..], out var link));
        var id = link.SubscriberId;
        Assert.Equal((await fixture.FindAsync(Reader))!.Id, id);
        Assert.Equal(ConfirmOutcome.Active, await fixture.Confirm.ExecuteAsync(id, CancellationToken.None));
        Assert.Single(await fixture.ServedByAsync(id, new DateOnly(2026, 3, 3)));
        await foreach (var other in fixture.Subscribers.ScanAsync(null, CancellationToken.None))
        {
            Assert.True(
                other.Id == id || await fixture.Confirm.ExecuteAsync(other.Id, CancellationToken.None) == ConfirmOutcome.NothingToConfirm);
        }
    }

    [Fact]
    public async Task A_relay_that_is_away_loses_no_confirmation_and_the_link_of_a_late_mail_works()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SignedUpAsync(Reader);
        fixture.Box.Answer = _ => new SendResult(SendOutcome.RelayRefused, "connection refused");
        for (var minute = 0; minute < 60; minute++)
        {
            Assert.Empty(fixture.Box.Letters);
            await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
            fixture.Time.Advance(TimeSpan.FromMinutes(20));
        }

        fixture.Time.Advance(TimeSpan.FromHours(10));
        fixture.Box.Answer = _ => new SendResult(SendOutcome.Sent, "250 ok");
        Assert.Equal(1, (await fixture.SendNotices.ExecuteAsync(CancellationToken.None)).Sent);
        fixture.Time.Advance(TimeSpan.FromHours(47));
        var token = fixture.Box.Letters[0].Text[(fixture.Box.Letters[0].Text.LastIndexOf('/') + 1)..];
        Assert.True(fixture.ReaderLinks.TryRead(LinkPurpose.Confirm, token, out _));
        Assert.Equal(ConfirmOutcome.Active, await fixture.Confirm.ExecuteAsync(person.Id, CancellationToken.None));
    }

    [Fact]
    public async Task A_deferred_notice_is_retried_later_and_a_refused_one_is_settled()
    {
        using var fixture = new SubscriberFixture();
        await fixture.SignedUpAsync(Reader);
        fixture.Box.Answer = _ => new SendResult(SendOutcome.Deferred, "451 greylisted");
        Assert.Equal(1, (await fixture.SendNotices.ExecuteAsync(CancellationToken.None)).Postponed);
        Assert.Equal(0, (await fixture.SendNotices.ExecuteAsync(CancellationToken.None)).Postponed);
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        fixture.Box.Answer = _ => new SendResult(SendOutcome.Rejected, "550 5.1.1 no such user", "no-such-user");
        Assert.Equal(1, (await fixture.SendNotices.ExecuteAsync(CancellationToken.None)).Failed);
        fixture.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(new NoticeReport(0, 0, 0, 0, null), await fixture.SendNotices.ExecuteAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("reader@example.com\r\nBcc: victim@example.com")]
    [InlineData("<script>alert(1)</script>@example.com")]
    [InlineData(null)]
    public async Task A_text_that_is_not_an_address_changes_nothing(string? address)
    {
        using var fixture = new SubscriberFixture();
        Assert.Equal(
            SignUpOutcome.NotAnAddress, await fixture.SignUp.ExecuteAsync(new SignUpRequest(address, "page"), CancellationToken.None));
        Assert.Empty(fixture.Plan.Trace);
    }
}
