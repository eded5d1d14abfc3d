using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Tests.Subscribers;

public sealed class SignUpTests
{
    private const string Reader = "reader@example.com";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Signing_up_and_confirming_makes_a_subscriber(bool sqlite)
    {
        using var house = new House(sqlite);
        var pending = await house.SignedUpAsync(Reader);
        Assert.Equal(SubscriberStatus.Pending, pending.Status);
        Assert.False(await house.IsMailedAsync(pending.Id));

        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        var letter = Assert.Single(house.Box.Letters);
        Assert.Equal((Reader, "Confirm en"), (letter.To, letter.Subject));
        Assert.True(house.ReaderLinks.TryRead(LinkPurpose.Confirm, letter.Text[(letter.Text.LastIndexOf('/') + 1)..], out var link));
        var id = link.SubscriberId;
        Assert.Equal(pending.Id, id);

        Assert.Equal(ConfirmOutcome.Active, await house.Confirm.ExecuteAsync(id, CancellationToken.None));
        Assert.Equal(["daily_07_Europe.Paris"], await house.ServedByAsync(id, new DateOnly(2026, 3, 2)));
        Assert.Equal(ConfirmOutcome.Active, await house.Confirm.ExecuteAsync(id, CancellationToken.None));
        Assert.Equal(SignUp.Wording, (await house.FindAsync(Reader))!.Consent.Wording);
    }

    [Fact]
    public async Task However_often_an_address_is_asked_for_it_gets_one_mail_a_day()
    {
        using var house = new House();
        for (var hour = 0; hour < 23; hour++)
        {
            await house.SignedUpAsync(Reader.ToUpperInvariant());
            await house.SignedUpAsync(Reader);
            await house.SendNotices.ExecuteAsync(CancellationToken.None);
            house.Time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Single(house.Box.Letters);
        house.Time.Advance(TimeSpan.FromHours(2));
        await house.SignedUpAsync(Reader);
        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal(2, house.Box.Letters.Count);
    }

    [Fact]
    public async Task Signing_up_while_subscribed_sends_the_preferences_and_changes_nothing()
    {
        using var house = new House();
        var before = await house.SubscribedAsync(Reader);
        await house.SignedUpAsync(Reader);
        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal("AlreadySubscribed en", Assert.Single(house.Box.Letters).Subject);
        var after = await house.FindAsync(Reader);
        Assert.Equivalent(before with { Asked = after!.Asked }, after);
    }

    [Fact]
    public async Task After_unsubscribing_signing_up_works_again_at_once()
    {
        using var house = new House();
        var person = await house.SubscribedAsync(Reader);
        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        await house.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
        Assert.Equal(ConfirmOutcome.NothingToConfirm, await house.Confirm.ExecuteAsync(person.Id, CancellationToken.None));

        house.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(SubscriberStatus.Unsubscribed, (await house.SignedUpAsync(Reader)).Status);
        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal("Confirm en", house.Box.Letters[^1].Subject);
        Assert.False(await house.IsMailedAsync(person.Id));
        Assert.Equal(ConfirmOutcome.Active, await house.Confirm.ExecuteAsync(person.Id, CancellationToken.None));
        Assert.True(await house.IsMailedAsync(person.Id));
    }

    [Theory]
    [InlineData(Suppression.Complained, true)]
    [InlineData(Suppression.Bounced, true)]
    [InlineData(Suppression.Blocked, false)]
    public async Task A_suppressed_address_comes_back_by_its_owners_confirmation_only_and_a_blocked_one_not_at_all(Suppression reason, bool returns)
    {
        using var house = new House();
        var person = await house.SubscribedAsync(Reader);
        await house.Suppress.ExecuteAsync(House.Address(Reader), reason, CancellationToken.None);
        Assert.False(await house.IsMailedAsync(person.Id));

        await house.SignedUpAsync(Reader);
        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal(returns ? 1 : 0, house.Box.Letters.Count);
        await house.Confirm.ExecuteAsync(person.Id, CancellationToken.None);
        Assert.Equal(returns, await house.IsMailedAsync(person.Id));
        Assert.Equal(returns ? null : reason, (await house.Find.ExecuteAsync(House.Address(Reader), CancellationToken.None)).Reason);
    }

    [Fact]
    public async Task New_pending_active_former_and_blocked_addresses_take_the_same_path_through_storage()
    {
        using var house = new House();
        await house.SignedUpAsync("pending@example.com");
        await house.SubscribedAsync("active@example.com");
        await house.Unsubscribe.ExecuteAsync((await house.SubscribedAsync("former@example.com")).Id, CancellationToken.None);
        await house.SubscribedAsync("blocked@example.com");
        await house.Suppress.ExecuteAsync(House.Address("blocked@example.com"), Suppression.Complained, CancellationToken.None);
        await house.Suppress.ExecuteAsync(House.Address("unknown@example.com"), Suppression.Blocked, CancellationToken.None);
        await house.SubscribedAsync("erased@example.com");
        await house.Erase.ExecuteAsync(House.Address("erased@example.com"), CancellationToken.None);

        var paths = new List<string>();
        foreach (var name in new[] { "new", "pending", "active", "former", "blocked", "unknown", "erased", "pending" })
        {
            house.Plan.Restart();
            Assert.Equal(SignUpOutcome.Accepted, await house.SignUp.ExecuteAsync(new SignUpRequest(name + "@example.com", "page"), CancellationToken.None));
            paths.Add(string.Join(", ", house.Plan.Trace.Select(call => $"{call.Operation} {call.Place}")));
        }

        Assert.Equal("Get Addresses, Get Subscribers, Write Addresses, Write Subscribers, Write Notices", Assert.Single(paths.Distinct()));
    }

    [Fact]
    public async Task Two_sign_ups_of_one_address_at_once_make_one_subscriber_who_can_confirm()
    {
        using var house = new House();
        var first = true;
        house.Plan.Before = async call =>
        {
            if (first && call is { Operation: "Write", Place: "Subscribers" })
            {
                first = false;
                await house.SignUp.ExecuteAsync(new SignUpRequest(Reader, "page"), CancellationToken.None);
            }
        };
        await house.SignUp.ExecuteAsync(new SignUpRequest(Reader, "page"), CancellationToken.None);
        house.Plan.Before = null;

        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        var letter = Assert.Single(house.Box.Letters);
        Assert.True(house.ReaderLinks.TryRead(LinkPurpose.Confirm, letter.Text[(letter.Text.LastIndexOf('/') + 1)..], out var link));
        var id = link.SubscriberId;
        Assert.Equal((await house.FindAsync(Reader))!.Id, id);
        Assert.Equal(ConfirmOutcome.Active, await house.Confirm.ExecuteAsync(id, CancellationToken.None));
        Assert.Single(await house.ServedByAsync(id, new DateOnly(2026, 3, 3)));
        await foreach (var other in house.Subscribers.ScanAsync(null, CancellationToken.None))
        {
            Assert.True(other.Id == id || await house.Confirm.ExecuteAsync(other.Id, CancellationToken.None) == ConfirmOutcome.NothingToConfirm);
        }
    }

    [Fact]
    public async Task A_relay_that_is_away_loses_no_confirmation_and_the_link_of_a_late_mail_works()
    {
        using var house = new House();
        var person = await house.SignedUpAsync(Reader);
        house.Box.Answer = _ => new SendResult(SendOutcome.RelayRefused, "connection refused");
        for (var minute = 0; minute < 60; minute++)
        {
            Assert.Empty(house.Box.Letters);
            await house.SendNotices.ExecuteAsync(CancellationToken.None);
            house.Time.Advance(TimeSpan.FromMinutes(20));
        }

        house.Time.Advance(TimeSpan.FromHours(10));
        house.Box.Answer = _ => new SendResult(SendOutcome.Sent, "250 ok");
        Assert.Equal(1, (await house.SendNotices.ExecuteAsync(CancellationToken.None)).Sent);
        house.Time.Advance(TimeSpan.FromHours(47));
        var token = house.Box.Letters[0].Text[(house.Box.Letters[0].Text.LastIndexOf('/') + 1)..];
        Assert.True(house.ReaderLinks.TryRead(LinkPurpose.Confirm, token, out _));
        Assert.Equal(ConfirmOutcome.Active, await house.Confirm.ExecuteAsync(person.Id, CancellationToken.None));
    }

    [Fact]
    public async Task A_notice_that_is_deferred_is_tried_again_later_and_one_that_is_refused_is_settled()
    {
        using var house = new House();
        await house.SignedUpAsync(Reader);
        house.Box.Answer = _ => new SendResult(SendOutcome.Deferred, "451 greylisted");
        Assert.Equal(1, (await house.SendNotices.ExecuteAsync(CancellationToken.None)).PutOff);
        Assert.Equal(0, (await house.SendNotices.ExecuteAsync(CancellationToken.None)).PutOff);
        house.Time.Advance(TimeSpan.FromMinutes(2));
        house.Box.Answer = _ => new SendResult(SendOutcome.Rejected, "550 5.1.1 no such user", "no-such-user");
        Assert.Equal(1, (await house.SendNotices.ExecuteAsync(CancellationToken.None)).Failed);
        house.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(new NoticeReport(0, 0, 0, 0, null), await house.SendNotices.ExecuteAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("reader@example.com\r\nBcc: victim@example.com")]
    [InlineData("<script>alert(1)</script>@example.com")]
    [InlineData(null)]
    public async Task What_is_not_an_address_touches_nothing(string? address)
    {
        using var house = new House();
        Assert.Equal(SignUpOutcome.NotAnAddress, await house.SignUp.ExecuteAsync(new SignUpRequest(address, "page"), CancellationToken.None));
        Assert.Empty(house.Plan.Trace);
    }
}
