using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

using static DailyDigest.Tests.Subscribers.Moves;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Moving to a new address: confirmed at the new one, announced at the old one, and no reader lost or doubled.</summary>
public sealed class NewAddressTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_move_is_confirmed_at_the_new_address_and_announced_at_the_old_one(bool sqlite)
    {
        using var fixture = new SubscriberFixture(sqlite);
        var before = await fixture.SubscribedAsync(Old);
        var (id, addressTag) = await AskedAsync(fixture, before.Id);
        Assert.Equal((New, "NewAddress en"), (fixture.Box.Letters[^1].To.Value, fixture.Box.Letters[^1].Subject));
        Assert.Equal(before.Address, (await fixture.FindAsync(Old))!.Address);

        Assert.Equal(NewAddressOutcome.Moved, await fixture.ConfirmAddress.ExecuteAsync(id, addressTag, Page, CancellationToken.None));
        Assert.Equal(NewAddressOutcome.Moved, await fixture.ConfirmAddress.ExecuteAsync(id, addressTag, Page, CancellationToken.None));
        var after = (await fixture.FindAsync(New))!;
        Assert.Equal((before.Id, New, before.Consent, Page.Source), (after.Id, after.Address, after.Consent, after.Confirmation!.Source));
        Assert.Null(await fixture.FindAsync(Old));
        Assert.Equal(New, (await fixture.Audience.GetAsync(after.Cohort, id, CancellationToken.None))!.Address);

        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal((Old, "AddressChanged en"), (fixture.Box.Letters[^1].To.Value, fixture.Box.Letters[^1].Subject));

        // The link is tied to the old address, which is kept so that the move can be taken back.
        Assert.True(fixture.ReaderLinks.TryRead(LinkPurpose.UndoMove, fixture.Box.Letters[^1].Text.Split('/')[^1], out var link));
        Assert.Equal(fixture.Hash.Tag(SubscriberFixture.Address(Old)), link.AddressTag);
        Assert.Equal(after.Version, after.AddressVersion);
        Assert.Equal((Old, false), ((await fixture.FindAsync(New))!.FormerAddresses[0].Address, after.FormerAddresses[0].IsUndone));
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal(2, fixture.Box.Letters.Count);
        Assert.Null((await fixture.Addresses.GetAsync(fixture.Hash.Of(SubscriberFixture.Address(Old)), CancellationToken.None)).ETag);
    }

    [Theory]
    [InlineData("new")]
    [InlineData("pending")]
    [InlineData("active")]
    [InlineData("former")]
    [InlineData("complained")]
    [InlineData("blocked")]
    [InlineData("erased")]
    public async Task The_answer_and_the_path_through_storage_are_the_same_for_every_address(string kind)
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Old);
        await PrepareAsync(fixture, kind);
        fixture.Plan.Restart();
        Assert.Equal(NewAddressAnswer.Asked, await fixture.AskAddress.ExecuteAsync(person.Id, New, CancellationToken.None));
        Assert.Equal(
            ["Get Subscribers", "Write Subscribers", "Write Notices"], fixture.Plan.Trace.Select(call => $"{call.Operation} {call.Place}"));

        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        var subject = fixture.Box.Letters.LastOrDefault(letter => letter.To.Value == New)?.Subject;
        Assert.Equal(kind switch { "active" => "AlreadySubscribed en", "blocked" => null, _ => "NewAddress en" }, subject);
        if (subject == "NewAddress en")
        {
            Assert.Equal(NewAddressOutcome.Moved, await ConfirmAsync(fixture, person.Id));
            Assert.Equal(person.Id, (await fixture.FindAsync(New))!.Id);
            Assert.Single(await ActiveAsync(fixture));
            Assert.Equal(1, await CountAsync(fixture));
        }
        else
        {
            // No link was sent, and a link would change nothing.
            Assert.Equal(NewAddressOutcome.NotMoved, await ConfirmAsync(fixture, person.Id));
            Assert.Equal((person.Id, Old), ((await fixture.FindAsync(Old))!.Id, (await fixture.FindAsync(Old))!.Address));
        }
    }

    [Fact]
    public async Task The_readers_present_address_is_named_as_such_and_gets_no_mail()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Old);
        fixture.Plan.Restart();
        Assert.Equal(
            NewAddressAnswer.Same, await fixture.AskAddress.ExecuteAsync(person.Id, Old.ToUpperInvariant(), CancellationToken.None));
        Assert.DoesNotContain(fixture.Plan.Trace, call => call.Writes);
    }

    [Fact]
    public async Task One_address_gets_one_such_mail_a_day_and_one_reader_can_ask_five_times()
    {
        using var fixture = new SubscriberFixture();
        for (var number = 0; number < 3; number++)
        {
            var person = await fixture.SubscribedAsync($"reader{number}@example.com");
            for (var again = 0; again < AskNewAddress.MaxPerDay; again++)
            {
                Assert.Equal(
                    NewAddressAnswer.Asked, await fixture.AskAddress.ExecuteAsync(person.Id, "Victim@example.net", CancellationToken.None));
                fixture.Time.Advance(TimeSpan.FromMinutes(1));
                await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
            }

            Assert.Equal(
                NewAddressAnswer.TooOften, await fixture.AskAddress.ExecuteAsync(person.Id, "other@example.net", CancellationToken.None));
        }

        Assert.Single(fixture.Box.Letters, letter => letter.To.Value.EndsWith("example.net", StringComparison.Ordinal));
        fixture.Time.Advance(TimeSpan.FromHours(24));
        Assert.Equal(
            NewAddressAnswer.Asked, await fixture.AskAddress.ExecuteAsync(
                (await fixture.FindAsync("reader0@example.com"))!.Id, "victim@example.net", CancellationToken.None));
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal(2, fixture.Box.Letters.Count(letter => letter.To.Value.EndsWith("example.net", StringComparison.Ordinal)));
    }

    /// <summary>Otherwise an attacker could get a link at his own address, ask for a stranger's address, and confirm that one.</summary>
    [Fact]
    public async Task A_link_that_went_to_one_address_confirms_no_other()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Old);
        var (id, addressTag) = await AskedAsync(fixture, person.Id);
        await fixture.AskAddress.ExecuteAsync(id, "victim@example.net", CancellationToken.None);
        Assert.Equal(NewAddressOutcome.NotMoved, await fixture.ConfirmAddress.ExecuteAsync(id, addressTag, Page, CancellationToken.None));
        Assert.Equal(Old, (await fixture.Subscribers.GetAsync(id, CancellationToken.None))!.Subscriber.Address);
        Assert.Null(await fixture.FindAsync("victim@example.net"));
    }

    [Fact]
    public async Task A_former_readers_undo_sends_no_second_digest_to_a_reused_address()
    {
        using var fixture = new SubscriberFixture();
        var mover = await fixture.SubscribedAsync(Old);
        var former = await fixture.SubscribedAsync(New);
        await fixture.Unsubscribe.ExecuteAsync(former.Id, CancellationToken.None);
        await fixture.AskAddress.ExecuteAsync(mover.Id, New, CancellationToken.None);
        Assert.Equal(NewAddressOutcome.Moved, await ConfirmAsync(fixture, mover.Id));
        Assert.False(await fixture.Resubscribe.ExecuteAsync(former.Id, CancellationToken.None));
        Assert.False(await fixture.IsMailedAsync(former.Id));
        Assert.Equal(mover.Id, Assert.Single(await ActiveAsync(fixture)).Id);
    }

    [Fact]
    public async Task A_bounce_of_the_old_address_that_comes_late_ends_nothing()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Old);
        await fixture.AskAddress.ExecuteAsync(person.Id, New, CancellationToken.None);
        await ConfirmAsync(fixture, person.Id);
        await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(Old), Suppression.Bounced, CancellationToken.None);
        Assert.Equal(SubscriberStatus.Active, (await fixture.FindAsync(New))!.Status);
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.DoesNotContain(fixture.Box.Letters, letter => letter.To.Value == Old);
    }

    [Theory]
    [InlineData(Suppression.Bounced)]
    [InlineData(Suppression.Complained)]
    public async Task A_report_on_the_old_address_ends_nothing_at_the_new_one(Suppression reason)
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Old);
        var sent = fixture.Time.GetUtcNow() + TimeSpan.FromMinutes(1);
        fixture.Time.Advance(TimeSpan.FromHours(1));
        await fixture.AskAddress.ExecuteAsync(person.Id, New, CancellationToken.None);
        await ConfirmAsync(fixture, person.Id);
        var end = new EndSubscription(fixture.Subscribers, fixture.Addresses, fixture.Hash, fixture.Change, fixture.Time);
        Assert.Equal(EndOutcome.Untouched, await end.ExecuteAsync(person.Id, reason, sent, CancellationToken.None));
        Assert.True(await fixture.IsMailedAsync(person.Id));
        fixture.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(EndOutcome.Ended, await end.ExecuteAsync(person.Id, reason, fixture.Time.GetUtcNow(), CancellationToken.None));
    }

    [Fact]
    public async Task Unconfirmed_and_former_addresses_are_removed_in_time()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Old);
        await fixture.AskAddress.ExecuteAsync(person.Id, New, CancellationToken.None);
        await ConfirmAsync(fixture, person.Id);
        await fixture.AskAddress.ExecuteAsync(person.Id, "third@example.com", CancellationToken.None);
        var drop = new DropSignUp(fixture.Subscribers, fixture.Addresses, fixture.Hash);

        // The days are counted back from the date of the purge. A former address is kept while its owner can take the move back.
        foreach (var (days, drops, former, wanted) in new[] { (14, false, 1, 1), (15, true, 0, 1), (30, false, 0, 1), (31, true, 0, 0) })
        {
            var before = new DateOnly(2026, 3, 2).AddDays(days - DropSignUp.Days);
            Assert.Equal(drops, await drop.ExecuteAsync(person.Id, before, CancellationToken.None));
            Assert.False(await drop.ExecuteAsync(person.Id, before, CancellationToken.None));
            var after = (await fixture.FindAsync(New))!;
            Assert.Equal((former, wanted), (after.FormerAddresses.Count, after.NewAddress is null ? 0 : 1));
            Assert.Equal(SubscriberStatus.Active, after.Status);
        }
    }

    [Fact]
    public async Task One_moves_back_and_forth_and_both_addresses_stay_ones_own()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Old);
        for (var move = 0; move < 4; move++)
        {
            var (here, there) = move % 2 == 0 ? (Old, New) : (New, Old);
            Assert.Equal(NewAddressAnswer.Asked, await fixture.AskAddress.ExecuteAsync(person.Id, there, CancellationToken.None));
            Assert.Equal(NewAddressOutcome.Moved, await ConfirmAsync(fixture, person.Id));

            // A machine that releases the address of an earlier move too late does not release an address that is used again.
            await fixture.Claims.ReleaseAsync(fixture.Hash.Of(SubscriberFixture.Address(there)), person.Id, CancellationToken.None);
            Assert.Equal(person.Id, (await fixture.FindAsync(there))!.Id);
            Assert.Null(await fixture.FindAsync(here));
        }
    }

    private static async Task<(string Id, string AddressTag)> AskedAsync(SubscriberFixture fixture, string subscriberId)
    {
        Assert.Equal(NewAddressAnswer.Asked, await fixture.AskAddress.ExecuteAsync(subscriberId, New, CancellationToken.None));
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        var token = fixture.Box.Letters[^1].Text.Split('/')[^1];
        Assert.True(fixture.ReaderLinks.TryRead(LinkPurpose.NewAddress, token, out var link));
        Assert.Equal((subscriberId, fixture.Hash.Tag(SubscriberFixture.Address(New))), (link.SubscriberId, link.AddressTag));
        return (link.SubscriberId, link.AddressTag);
    }
}
