using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

using static DailyDigest.Tests.Subscribers.Moves;

namespace DailyDigest.Tests.Subscribers;

/// <summary>The owner of the former address takes a move back, and nobody takes that back in turn.</summary>
public sealed class UndoMoveTests
{
    private static readonly ConsentPage Page = new("undo page", "en", "0123456789abcdef");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_move_is_taken_back_with_all_choices_and_the_other_address_is_told(bool sqlite)
    {
        using var fixture = new SubscriberFixture(sqlite);
        var before = await fixture.SubscribedAsync(Old);
        await MoveAsync(fixture, before.Id, New);
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        fixture.Time.Advance(TimeSpan.FromDays(13));
        for (var times = 0; times < 2; times++)
        {
            Assert.True(await UndoAsync(fixture, before.Id, Old));
        }

        var after = (await fixture.FindAsync(Old))!;
        Assert.Equal((before.Id, Old, before.Cohort, before.Consent), (after.Id, after.Address, after.Cohort, after.Consent));
        Assert.Equal(after.Version, after.AddressVersion);
        Assert.Equal(Old, (await fixture.Audience.GetAsync(after.Cohort, after.Id, CancellationToken.None))!.Address);
        Assert.Null(await fixture.FindAsync(New));

        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        var letter = fixture.Box.Letters[^1];
        Assert.Equal((New, "AddressReturned en", "https://digest.example.com/"), (letter.To.Value, letter.Subject, letter.Text));
        Assert.Empty((await fixture.FindAsync(Old))!.FormerAddresses);
        Assert.False(await UndoAsync(fixture, before.Id, New));
        Assert.Equal(Old, (await fixture.FindAsync(Old))!.Address);
    }

    [Fact]
    public async Task The_first_address_takes_a_chain_of_moves_back_for_good()
    {
        using var fixture = new SubscriberFixture();
        var id = (await fixture.SubscribedAsync("first@example.com")).Id;
        foreach (var address in new[] { "second@example.com", "third@example.com", "fourth@example.com" })
        {
            fixture.Time.Advance(TimeSpan.FromHours(1));
            await MoveAsync(fixture, id, address);
        }

        Assert.True(await UndoAsync(fixture, id, "second@example.com"));
        foreach (var later in new[] { "third@example.com", "fourth@example.com" })
        {
            Assert.False(await UndoAsync(fixture, id, later));
        }

        Assert.True(await UndoAsync(fixture, id, "first@example.com"));
        Assert.False(await UndoAsync(fixture, id, "second@example.com"));
        Assert.Equal(id, (await fixture.FindAsync("first@example.com"))!.Id);
        Assert.Equal(1, await CountAsync(fixture));
    }

    [Theory]
    [InlineData("late")]
    [InlineData("left")]
    [InlineData("erased")]
    [InlineData("never there")]
    [InlineData("blocked")]
    public async Task Nothing_is_taken_back_without_the_right(string why)
    {
        using var fixture = new SubscriberFixture();
        var id = (await fixture.SubscribedAsync(Old)).Id;
        await MoveAsync(fixture, id, New);
        switch (why)
        {
            case "late":
                fixture.Time.Advance(TimeSpan.FromDays(UndoMove.Days));
                break;
            case "left":
                await fixture.Unsubscribe.ExecuteAsync(id, CancellationToken.None);
                break;
            case "erased":
                await fixture.Erase.ExecuteAsync(id, CancellationToken.None);
                break;
            case "blocked":
                await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(Old), Suppression.Blocked, CancellationToken.None);
                break;
        }

        Assert.False(await UndoAsync(fixture, id, why == "never there" ? "other@example.com" : Old));
        Assert.Null(await fixture.FindAsync(Old));
        await fixture.RestartAndFinishAsync();
        Assert.Equal(why == "erased" ? null : New, (await fixture.Subscribers.GetAsync(id, CancellationToken.None))?.Subscriber.Address);
    }

    [Fact]
    public async Task An_undo_that_stops_anywhere_is_carried_through_or_never_began() =>
        await StoppedTests.StopEverywhereAsync(
        sqlite: false,
        async fixture => await MoveAsync(fixture, (await fixture.SubscribedAsync(Old)).Id, New),
        async fixture => await UndoAsync(fixture, (await fixture.FindAsync(New))!.Id, Old),
        async fixture =>
        {
            var person = Assert.Single(await ActiveAsync(fixture));
            Assert.True(await fixture.IsMailedAsync(person.Id));
            Assert.Equal(person.Id, (await fixture.FindAsync(person.Address))!.Id);
            Assert.True(await UndoAsync(fixture, person.Id, Old));
            Assert.Null(await fixture.FindAsync(New));
            Assert.False(await UndoAsync(fixture, person.Id, New));
            Assert.Equal(1, await CountAsync(fixture));
        });

    private static Task<bool> UndoAsync(SubscriberFixture fixture, string id, string address) =>
        fixture.UndoMove.ExecuteAsync(id, fixture.Hash.Tag(SubscriberFixture.Address(address)), Page, CancellationToken.None);

    private static async Task MoveAsync(SubscriberFixture fixture, string id, string address)
    {
        Assert.Equal(NewAddressAnswer.Asked, await fixture.AskAddress.ExecuteAsync(id, address, CancellationToken.None));
        Assert.Equal(NewAddressOutcome.Moved, await ConfirmAsync(fixture, id));
    }
}
