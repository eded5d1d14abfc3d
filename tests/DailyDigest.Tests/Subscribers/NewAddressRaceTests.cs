using DailyDigest.Subscribers;

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
    public async Task A_move_that_stops_anywhere_is_carried_through_or_never_began(string kind, bool sqlite) => await StoppedTests.StopEverywhereAsync(
        sqlite,
        async house =>
        {
            var person = await house.SubscribedAsync(Old);
            await PrepareAsync(house, kind);
            await house.AskAddress.ExecuteAsync(person.Id, New, CancellationToken.None);
        },
        async house => await ConfirmAsync(house, (await house.FindAsync(Old))!.Id),
        async house =>
        {
            var person = Assert.Single(await ActiveAsync(house));
            Assert.True(await house.IsMailedAsync(person.Id));
            Assert.Equal(person.Address, (await house.Audience.GetAsync(person.Cohort, person.Id, CancellationToken.None))!.Address);
            Assert.Equal(person.Id, (await house.FindAsync(person.Address))!.Id);
            if (person.Address == New)
            {
                Assert.Null(await house.FindAsync(Old));
                await house.SendNotices.ExecuteAsync(CancellationToken.None);
                Assert.Single(house.Box.Letters, letter => letter.To == Old && letter.Subject.StartsWith("AddressChanged", StringComparison.Ordinal));
            }

            Assert.Equal(NewAddressOutcome.Moved, await ConfirmAsync(house, person.Id));
            Assert.Equal(1, await CountAsync(house));
        });

    [Fact]
    public async Task An_erasure_at_any_moment_of_a_move_forgets_both_addresses_or_the_one_there_is()
    {
        for (var (at, reached) = (1, true); reached; at++)
        {
            using var house = new House();
            var person = await house.SubscribedAsync(Old);
            await house.AskAddress.ExecuteAsync(person.Id, New, CancellationToken.None);
            reached = await InterruptAsync(house, at, () => house.Erase.ExecuteAsync(person.Id, CancellationToken.None), () => ConfirmAsync(house, person.Id));
            if (reached)
            {
                await house.RestartAndFinishAsync();
                Assert.Equal(0, await CountAsync(house));
                Assert.False(await house.IsMailedAsync(person.Id));
                var rows = new[] { await RowAsync(house, Old), await RowAsync(house, New) };
                Assert.All(rows, row => Assert.Null(row.SubscriberId));
                Assert.Contains(rows, row => row.Reason == Suppression.Erased);
                await house.SendNotices.ExecuteAsync(CancellationToken.None);
                Assert.Empty(house.Box.Letters);
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
    public async Task Whatever_another_machine_does_at_any_moment_of_a_move_nobody_is_lost_doubled_or_mailed_against_their_will(string other)
    {
        for (var (at, reached) = (1, true); reached; at++)
        {
            using var house = new House();
            var person = await house.SubscribedAsync(Old);
            var rival = other switch
            {
                "other confirms new" => await house.SignedUpAsync(New),
                "other moves there" => await house.SubscribedAsync("third@example.com"),
                _ => null,
            };
            await house.AskAddress.ExecuteAsync(person.Id, New, CancellationToken.None);
            if (other == "other moves there")
            {
                await house.AskAddress.ExecuteAsync(rival!.Id, New, CancellationToken.None);
            }

            reached = await InterruptAsync(
                house, at,
                () => other switch
                {
                    "unsubscribe" => house.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None),
                    "block new" => house.Suppress.ExecuteAsync(House.Address(New), Suppression.Blocked, CancellationToken.None),
                    "bounce old" => house.Suppress.ExecuteAsync(House.Address(Old), Suppression.Bounced, CancellationToken.None),
                    "sign up new" => house.SignUp.ExecuteAsync(new SignUpRequest(New, "page"), CancellationToken.None),
                    "other confirms new" => house.Confirm.ExecuteAsync(rival!.Id, CancellationToken.None),
                    "asks another" => house.AskAddress.ExecuteAsync(person.Id, "another@example.net", CancellationToken.None),
                    "tick" => LateTickAsync(house),
                    "same again" => ConfirmAsync(house, person.Id),
                    _ => ConfirmAsync(house, rival!.Id),
                },
                () => ConfirmAsync(house, person.Id));
            await house.RestartAndFinishAsync();
            var active = await ActiveAsync(house);
            Assert.Equal(active.Count, active.Select(one => one.Address).Distinct(StringComparer.OrdinalIgnoreCase).Count());
            foreach (var one in active)
            {
                Assert.Equal(one.Id, (await house.FindAsync(one.Address))!.Id);
                Assert.Equal(one.Address, (await house.Audience.GetAsync(one.Cohort, one.Id, CancellationToken.None))!.Address);
            }

            foreach (var address in new[] { Old, New, "another@example.net" })
            {
                // A row that names a subscriber names one who is there and has that address.
                var row = await RowAsync(house, address);
                Assert.True(row.SubscriberId is null || (await house.FindAsync(address))?.Address.Equals(address, StringComparison.OrdinalIgnoreCase) == true, $"{other} {at}");
            }

            var mailed = await house.IsMailedAsync(person.Id);
            var blocked = (await RowAsync(house, New)).Reason == Suppression.Blocked && (await house.Subscribers.GetAsync(person.Id, CancellationToken.None))!.Subscriber.Address == New;
            Assert.False(reached && mailed && (other == "unsubscribe" || blocked), $"{other} {at}");
            Assert.True(mailed || other is "unsubscribe" or "block new" or "bounce old", $"{other} {at}: lost");
        }
    }

    // True if there was such a call.
    private static async Task<bool> InterruptAsync(House house, int at, Func<Task> other, Func<Task> act)
    {
        var reached = false;
        house.Plan.Restart();
        house.Plan.Before = async call =>
        {
            if (call.Number == at && !reached)
            {
                reached = true;
                await other();
            }
        };
        await act();
        house.Plan.Before = null;
        return reached;
    }

    private static async Task LateTickAsync(House house)
    {
        house.Time.Advance(TimeSpan.FromMinutes(3));
        await house.FinishChanges.ExecuteAsync(CancellationToken.None);
    }
}
