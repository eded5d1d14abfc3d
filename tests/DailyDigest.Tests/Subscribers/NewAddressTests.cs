using DailyDigest.Subscribers;

using static DailyDigest.Tests.Subscribers.Moves;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Moving to a new address: confirmed there, told at the old one, nobody lost and nobody doubled.</summary>
public sealed class NewAddressTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_new_address_is_confirmed_at_the_new_one_and_told_to_the_old_one_and_the_subscriber_stays(bool sqlite)
    {
        using var house = new House(sqlite);
        var before = await house.SubscribedAsync(Old);
        var (id, tie) = await AskedAsync(house, before.Id);
        Assert.Equal((New, "NewAddress en"), (house.Box.Letters[^1].To, house.Box.Letters[^1].Subject));
        Assert.Equal(before.Address, (await house.FindAsync(Old))!.Address);

        Assert.Equal(NewAddressOutcome.Moved, await house.ConfirmAddress.ExecuteAsync(id, tie, Page, CancellationToken.None));
        Assert.Equal(NewAddressOutcome.Moved, await house.ConfirmAddress.ExecuteAsync(id, tie, Page, CancellationToken.None));
        var after = (await house.FindAsync(New))!;
        Assert.Equal((before.Id, New, before.Consent, Page.Source), (after.Id, after.Address, after.Consent, after.Confirmation!.Source));
        Assert.Null(await house.FindAsync(Old));
        Assert.Equal(New, (await house.Audience.GetAsync(after.Cohort, id, CancellationToken.None))!.Address);

        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal((Old, "AddressChanged en"), (house.Box.Letters[^1].To, house.Box.Letters[^1].Subject));

        // Whoever has the old address may end it, and no more, however late the mail was sent.
        Assert.True(house.ReaderLinks.TryRead(LinkPurpose.Unsubscribe, house.Box.Letters[^1].Text.Split('/')[^1], out var link));
        Assert.True(link.EndsOnly(after));
        Assert.Equal(after.Version, after.AddressVersion);
        Assert.Empty((await house.FindAsync(New))!.FormerAddresses);
        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal(2, house.Box.Letters.Count);
        Assert.Null((await house.Addresses.GetAsync(house.Hash.Of(House.Address(Old)), CancellationToken.None)).ETag);
    }

    [Theory]
    [InlineData("new")]
    [InlineData("own")]
    [InlineData("pending")]
    [InlineData("active")]
    [InlineData("former")]
    [InlineData("complained")]
    [InlineData("blocked")]
    [InlineData("erased")]
    public async Task Whatever_the_address_is_the_answer_and_the_path_through_storage_are_the_same(string kind)
    {
        using var house = new House();
        var person = await house.SubscribedAsync(Old);
        await PrepareAsync(house, kind);
        house.Plan.Restart();
        Assert.Equal(NewAddressAnswer.Asked, await house.AskAddress.ExecuteAsync(person.Id, kind == "own" ? Old : New, CancellationToken.None));
        Assert.Equal(
            ["Get Subscribers", "Write Subscribers", "Write Notices"], house.Plan.Trace.Select(call => $"{call.Operation} {call.Place}"));

        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        var subject = house.Box.Letters.LastOrDefault(letter => letter.To == (kind == "own" ? Old : New))?.Subject;
        Assert.Equal(kind switch { "own" or "active" => "AlreadySubscribed en", "blocked" => null, _ => "NewAddress en" }, subject);
        if (subject == "NewAddress en")
        {
            Assert.Equal(NewAddressOutcome.Moved, await ConfirmAsync(house, person.Id));
            Assert.Equal(person.Id, (await house.FindAsync(New))!.Id);
            Assert.Single(await ActiveAsync(house));
            Assert.Equal(1, await CountAsync(house));
        }
        else
        {
            // Nobody got a link; and if there were one it would move nothing.
            Assert.Equal(kind == "own" ? NewAddressOutcome.Moved : NewAddressOutcome.NotMoved, await ConfirmAsync(house, person.Id));
            Assert.Equal((person.Id, Old), ((await house.FindAsync(Old))!.Id, (await house.FindAsync(Old))!.Address));
        }
    }

    [Fact]
    public async Task One_address_gets_one_such_mail_a_day_whoever_asks_and_one_reader_can_ask_five_times()
    {
        using var house = new House();
        for (var number = 0; number < 3; number++)
        {
            var person = await house.SubscribedAsync($"reader{number}@example.com");
            for (var again = 0; again < AskNewAddress.MostADay; again++)
            {
                Assert.Equal(NewAddressAnswer.Asked, await house.AskAddress.ExecuteAsync(person.Id, "Victim@example.net", CancellationToken.None));
                house.Time.Advance(TimeSpan.FromMinutes(1));
                await house.SendNotices.ExecuteAsync(CancellationToken.None);
            }

            Assert.Equal(NewAddressAnswer.TooOften, await house.AskAddress.ExecuteAsync(person.Id, "other@example.net", CancellationToken.None));
        }

        Assert.Single(house.Box.Letters, letter => letter.To.EndsWith("example.net", StringComparison.Ordinal));
        house.Time.Advance(TimeSpan.FromHours(24));
        Assert.Equal(NewAddressAnswer.Asked, await house.AskAddress.ExecuteAsync((await house.FindAsync("reader0@example.com"))!.Id, "victim@example.net", CancellationToken.None));
        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.Equal(2, house.Box.Letters.Count(letter => letter.To.EndsWith("example.net", StringComparison.Ordinal)));
    }

    /// <summary>Otherwise one could have a link sent to oneself, ask for a stranger's address, and confirm it for them.</summary>
    [Fact]
    public async Task A_link_that_went_to_one_address_confirms_no_other()
    {
        using var house = new House();
        var person = await house.SubscribedAsync(Old);
        var (id, tie) = await AskedAsync(house, person.Id);
        await house.AskAddress.ExecuteAsync(id, "victim@example.net", CancellationToken.None);
        Assert.Equal(NewAddressOutcome.NotMoved, await house.ConfirmAddress.ExecuteAsync(id, tie, Page, CancellationToken.None));
        Assert.Equal(Old, (await house.Subscribers.GetAsync(id, CancellationToken.None))!.Subscriber.Address);
        Assert.Null(await house.FindAsync("victim@example.net"));
    }

    [Fact]
    public async Task A_former_readers_undo_does_not_bring_a_second_digest_to_an_address_that_is_anothers_now()
    {
        using var house = new House();
        var mover = await house.SubscribedAsync(Old);
        var former = await house.SubscribedAsync(New);
        await house.Unsubscribe.ExecuteAsync(former.Id, CancellationToken.None);
        await house.AskAddress.ExecuteAsync(mover.Id, New, CancellationToken.None);
        Assert.Equal(NewAddressOutcome.Moved, await ConfirmAsync(house, mover.Id));
        Assert.False(await house.Resubscribe.ExecuteAsync(former.Id, CancellationToken.None));
        Assert.False(await house.IsMailedAsync(former.Id));
        Assert.Equal(mover.Id, Assert.Single(await ActiveAsync(house)).Id);
    }

    [Fact]
    public async Task A_bounce_of_the_old_address_that_comes_late_ends_nothing()
    {
        using var house = new House();
        var person = await house.SubscribedAsync(Old);
        await house.AskAddress.ExecuteAsync(person.Id, New, CancellationToken.None);
        await ConfirmAsync(house, person.Id);
        await house.Suppress.ExecuteAsync(House.Address(Old), Suppression.Bounced, CancellationToken.None);
        Assert.Equal(SubscriberStatus.Active, (await house.FindAsync(New))!.Status);
        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        Assert.DoesNotContain(house.Box.Letters, letter => letter.To == Old);
        Assert.Empty((await house.FindAsync(New))!.FormerAddresses);
    }

    [Theory]
    [InlineData(Suppression.Bounced)]
    [InlineData(Suppression.Complained)]
    public async Task What_became_of_a_digest_to_the_old_address_ends_nothing_at_the_new_one(Suppression reason)
    {
        using var house = new House();
        var person = await house.SubscribedAsync(Old);
        var sent = house.Time.GetUtcNow() + TimeSpan.FromMinutes(1);
        house.Time.Advance(TimeSpan.FromHours(1));
        await house.AskAddress.ExecuteAsync(person.Id, New, CancellationToken.None);
        await ConfirmAsync(house, person.Id);
        var end = new EndSubscription(house.Subscribers, house.Addresses, house.Hash, house.Change, house.Time);
        Assert.Equal(EndOutcome.Untouched, await end.ExecuteAsync(person.Id, reason, sent, CancellationToken.None));
        Assert.True(await house.IsMailedAsync(person.Id));
        house.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(EndOutcome.Ended, await end.ExecuteAsync(person.Id, reason, house.Time.GetUtcNow(), CancellationToken.None));
    }

    [Fact]
    public async Task An_address_that_nobody_confirmed_and_one_that_was_never_told_are_forgotten_in_time()
    {
        using var house = new House();
        var person = await house.SubscribedAsync(Old);
        await house.AskAddress.ExecuteAsync(person.Id, New, CancellationToken.None);
        await ConfirmAsync(house, person.Id);
        await house.AskAddress.ExecuteAsync(person.Id, "third@example.com", CancellationToken.None);
        var drop = new DropSignUp(house.Subscribers, house.Addresses, house.Hash);
        Assert.False(await drop.ExecuteAsync(person.Id, new DateOnly(2026, 3, 2), CancellationToken.None));
        Assert.True(await drop.ExecuteAsync(person.Id, new DateOnly(2026, 3, 3), CancellationToken.None));
        Assert.False(await drop.ExecuteAsync(person.Id, new DateOnly(2026, 3, 3), CancellationToken.None));
        var after = (await house.FindAsync(New))!;
        Assert.Equal((SubscriberStatus.Active, null, 0), (after.Status, after.NewAddress, after.FormerAddresses.Count));
    }

    [Fact]
    public async Task One_moves_back_and_forth_and_both_addresses_stay_ones_own()
    {
        using var house = new House();
        var person = await house.SubscribedAsync(Old);
        for (var move = 0; move < 4; move++)
        {
            var (here, there) = move % 2 == 0 ? (Old, New) : (New, Old);
            Assert.Equal(NewAddressAnswer.Asked, await house.AskAddress.ExecuteAsync(person.Id, there, CancellationToken.None));
            Assert.Equal(NewAddressOutcome.Moved, await ConfirmAsync(house, person.Id));

            // A machine that comes late to give back what was left on an earlier move leaves what is lived at again.
            await house.Claims.ReleaseAsync(house.Hash.Of(House.Address(there)), person.Id, CancellationToken.None);
            Assert.Equal(person.Id, (await house.FindAsync(there))!.Id);
            Assert.Null(await house.FindAsync(here));
        }
    }

    private static async Task<(string Id, string Tie)> AskedAsync(House house, string subscriberId)
    {
        Assert.Equal(NewAddressAnswer.Asked, await house.AskAddress.ExecuteAsync(subscriberId, New, CancellationToken.None));
        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        var token = house.Box.Letters[^1].Text.Split('/')[^1];
        Assert.True(house.ReaderLinks.TryRead(LinkPurpose.NewAddress, token, out var link));
        Assert.Equal((subscriberId, house.Hash.Tie(House.Address(New))), (link.SubscriberId, link.Tie));
        return (link.SubscriberId, link.Tie);
    }
}
