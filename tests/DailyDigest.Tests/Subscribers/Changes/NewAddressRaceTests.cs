using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

using static DailyDigest.Tests.Subscribers.Moves;

namespace DailyDigest.Tests.Subscribers;

/// <summary>A move to a new address that is stopped at every write, and met by another machine at every storage call.</summary>
public sealed class NewAddressRaceTests
{
    [Theory]
    [InlineData("new", false)]
    [InlineData("former", false)]
    [InlineData("former", true)]
    [InlineData("pending", false)]
    public async Task A_move_that_stops_anywhere_is_carried_through_or_never_began(string kind, bool sqlite) =>
        await StoppedTests.StopEverywhereAsync(
        sqlite,
        async fixture =>
        {
            var person = await fixture.SubscribedAsync(Old);
            await PrepareAsync(fixture, kind);
            await fixture.AskAddress.ExecuteAsync(person.Id, New, CancellationToken.None);
        },
        async fixture => await ConfirmAsync(fixture, (await fixture.FindAsync(Old))!.Id),
        async fixture =>
        {
            var person = Assert.Single(await ActiveAsync(fixture));
            Assert.True(await fixture.IsMailedAsync(person.Id));
            Assert.Equal(person.Address, (await fixture.Audience.GetAsync(person.Cohort, person.Id, CancellationToken.None))!.Address);
            Assert.Equal(person.Id, (await fixture.FindAsync(person.Address))!.Id);
            if (person.Address == New)
            {
                Assert.Null(await fixture.FindAsync(Old));
                await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
                Assert.Single(fixture.Box.Letters, letter => letter.To.Value == Old
                    && letter.Subject.StartsWith("AddressChanged", StringComparison.Ordinal));
            }

            Assert.Equal(NewAddressOutcome.Moved, await ConfirmAsync(fixture, person.Id));
            Assert.Equal(1, await CountAsync(fixture));
        });

    [Fact]
    public async Task An_erasure_at_any_moment_of_a_move_forgets_both_addresses_or_the_one_there_is()
    {
        for (var (at, reached) = (1, true); reached; at++)
        {
            using var fixture = new SubscriberFixture();
            var person = await fixture.SubscribedAsync(Old);
            await fixture.AskAddress.ExecuteAsync(person.Id, New, CancellationToken.None);
            reached = await InterruptAsync(
                fixture, at, () => fixture.Erase.ExecuteAsync(person.Id, CancellationToken.None), () => ConfirmAsync(fixture, person.Id));
            if (reached)
            {
                await fixture.RestartAndFinishAsync();
                Assert.Equal(0, await CountAsync(fixture));
                Assert.False(await fixture.IsMailedAsync(person.Id));
                var rows = new[] { await RowAsync(fixture, Old), await RowAsync(fixture, New) };
                Assert.All(rows, row => Assert.Null(row.SubscriberId));
                Assert.Contains(rows, row => row.Reason == Suppression.Erased);
                await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
                Assert.Empty(fixture.Box.Letters);
            }
        }
    }

    [Theory]
    [InlineData("unsubscribe")]
    [InlineData("block new")]
    [InlineData("bounce old")]
    [InlineData("sign up new")]
    [InlineData("other confirms new")]
    [InlineData("other moves there")]
    [InlineData("same again")]
    [InlineData("asks another")]
    [InlineData("tick")]
    public async Task Another_machine_at_any_moment_of_a_move_loses_and_doubles_nobody(
        string other)
    {
        for (var (at, reached) = (1, true); reached; at++)
        {
            using var fixture = new SubscriberFixture();
            var person = await fixture.SubscribedAsync(Old);
            var rival = other switch
            {
                "other confirms new" => await fixture.SignedUpAsync(New),
                "other moves there" => await fixture.SubscribedAsync("third@example.com"),
                _ => null,
            };
            await fixture.AskAddress.ExecuteAsync(person.Id, New, CancellationToken.None);
            if (other == "other moves there")
            {
                await fixture.AskAddress.ExecuteAsync(rival!.Id, New, CancellationToken.None);
            }

            reached = await InterruptAsync(
                fixture, at,
                () => other switch
                {
                    "unsubscribe" => fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None),
                    "block new" =>
                        fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(New), Suppression.Blocked, CancellationToken.None),
                    "bounce old" =>
                        fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(Old), Suppression.Bounced, CancellationToken.None),
                    "sign up new" => fixture.SignUp.ExecuteAsync(new SignUpRequest(New, "page"), CancellationToken.None),
                    "other confirms new" => fixture.Confirm.ExecuteAsync(rival!.Id, CancellationToken.None),
                    "asks another" => fixture.AskAddress.ExecuteAsync(person.Id, "another@example.net", CancellationToken.None),
                    "tick" => LateTickAsync(fixture),
                    "same again" => ConfirmAsync(fixture, person.Id),
                    _ => ConfirmAsync(fixture, rival!.Id),
                },
                () => ConfirmAsync(fixture, person.Id));
            await fixture.RestartAndFinishAsync();
            var active = await ActiveAsync(fixture);
            Assert.Equal(active.Count, active.Select(one => one.Address).Distinct(StringComparer.OrdinalIgnoreCase).Count());
            foreach (var one in active)
            {
                Assert.Equal(one.Id, (await fixture.FindAsync(one.Address))!.Id);
                Assert.Equal(one.Address, (await fixture.Audience.GetAsync(one.Cohort, one.Id, CancellationToken.None))!.Address);
            }

            foreach (var address in new[] { Old, New, "another@example.net" })
            {
                // A row that names a subscriber names one who is there and has that address.
                var row = await RowAsync(fixture, address);
                Assert.True(
                    row.SubscriberId is null || (await fixture.FindAsync(address))?.Address.Equals(
                        address, StringComparison.OrdinalIgnoreCase) == true, $"{other} {at}");
            }

            var mailed = await fixture.IsMailedAsync(person.Id);
            var blocked = (await RowAsync(fixture, New)).Reason == Suppression.Blocked
                && (await fixture.Subscribers.GetAsync(person.Id, CancellationToken.None))!.Subscriber.Address == New;
            Assert.False(reached && mailed && (other == "unsubscribe" || blocked), $"{other} {at}");
            Assert.True(mailed || other is "unsubscribe" or "block new" or "bounce old", $"{other} {at}: lost");
        }
    }

    // True if there was such a call.
    private static async Task<bool> InterruptAsync(SubscriberFixture fixture, int at, Func<Task> other, Func<Task> act)
    {
        var reached = false;
        fixture.Plan.Restart();
        fixture.Plan.Before = async call =>
        {
            if (call.Number == at && !reached)
            {
                reached = true;
                await other();
            }
        };
        await act();
        fixture.Plan.Before = null;
        return reached;
    }

    private static async Task LateTickAsync(SubscriberFixture fixture)
    {
        fixture.Time.Advance(TimeSpan.FromMinutes(3));
        await fixture.FinishChanges.ExecuteAsync(CancellationToken.None);
    }
}
