using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

/// <summary>The purge of unconfirmed sign-ups, and the subscribers it must not change.</summary>
public sealed partial class PurgeTests
{
    [Fact]
    public async Task Service_mails_checks_and_sign_ups_that_nobody_confirmed_go_in_their_time()
    {
        var fixture = new DeliveryFixture();
        await fixture.Program.TickAsync();
        var person = await SignedUpAsync(fixture, "stranger@example.com");
        await fixture.Tables.WriteAsync(
            Storage.Tables.UsedChecks, "2026-03-02-23", TableWrite.Insert(new TableRow("x")), DeliveryFixture.Cancellation);
        await fixture.Tables.WriteAsync(
            Storage.Tables.Budgets, "2026-03-02-23", TableWrite.Insert(new TableRow("x")), DeliveryFixture.Cancellation);
        await PassAsync(fixture, First.AddDays(3));
        Assert.DoesNotContain(fixture.Tables.Everything, one => one.Table is Storage.Tables.UsedChecks or Storage.Tables.Budgets);

        await PassAsync(fixture, First.AddDays(30));
        Assert.NotNull(await fixture.Program.Get<SubscriberStore>().GetAsync(person, DeliveryFixture.Cancellation));
        Assert.Contains(fixture.Tables.Everything, one => one.Table == Storage.Tables.Notices);
        await PassAsync(fixture, First.AddDays(31));
        Assert.DoesNotContain(fixture.Tables.Everything,
            one => one.Table is Storage.Tables.Notices or Storage.Tables.Subscribers or Storage.Tables.Addresses
                && one.Row.Key != ReaderCountRow.Key);
    }

    [Fact]
    public async Task The_purge_keeps_present_and_former_subscribers_and_suppressions()
    {
        var fixture = new DeliveryFixture();
        await fixture.Program.TickAsync();
        var (active, left) = (await SignedUpAsync(fixture, "active@example.com"), await SignedUpAsync(fixture, "left@example.com"));
        await fixture.Program.Get<ConfirmSignUp>().ExecuteAsync(active, DeliveryFixture.Cancellation);
        await fixture.Program.Get<ConfirmSignUp>().ExecuteAsync(left, DeliveryFixture.Cancellation);
        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(left, DeliveryFixture.Cancellation);
        var (again, blocked) = (await SignedUpAsync(fixture, "again@example.com"), await SignedUpAsync(fixture, "blocked@example.com"));
        var hash = fixture.Program.Get<AddressHash>().Of(Address("blocked@example.com"));
        await fixture.Program.Get<AddressStore>()
            .ChangeAsync(hash, row => row with { Reason = Suppression.Blocked }, DeliveryFixture.Cancellation);
        fixture.Time.Advance(TimeSpan.FromDays(20));
        await SignedUpAsync(fixture, "again@example.com");
        await PassAsync(fixture, First.AddDays(45));

        var subscribers = fixture.Program.Get<SubscriberStore>();
        Assert.All(new[] { active, left, again },
            id => Assert.NotNull(subscribers.GetAsync(id, DeliveryFixture.Cancellation).GetAwaiter().GetResult()));
        Assert.Null(await subscribers.GetAsync(blocked, DeliveryFixture.Cancellation));
        var known = await fixture.Program.Get<AddressStore>().GetAsync(hash, DeliveryFixture.Cancellation);
        Assert.Equal((null, Suppression.Blocked), (known.SubscriberId, known.Reason));
    }

    /// <summary>A reader signs up again at each storage call of the purge.</summary>
    [Fact]
    public async Task A_reader_who_signs_up_during_the_purge_can_confirm()
    {
        for (var at = 1; ; at++)
        {
            var fixture = new DeliveryFixture();
            var id = await SignedUpAsync(fixture, "reader@example.com");
            fixture.Time.Advance(TimeSpan.FromDays(40));
            var program = fixture.Start();
            string? anew = null;
            program.Plan.Before = async call => anew = call.Number == at ? await SignedUpAsync(fixture, "reader@example.com") : anew;
            await program.Get<DropSignUp>().ExecuteAsync(id, First.AddDays(10), DeliveryFixture.Cancellation);
            if (anew is null)
            {
                Assert.InRange(at, 4, 20);
                return;
            }

            var found =
                (await fixture.Program.Get<FindSubscriber>()
                    .ExecuteAsync(Address("reader@example.com"), DeliveryFixture.Cancellation)).Subscriber;
            Assert.Equal(
                ConfirmOutcome.Active, await fixture.Program.Get<ConfirmSignUp>().ExecuteAsync(found!.Id, DeliveryFixture.Cancellation));
        }
    }

    /// <summary>The purge runs between any two calls of a sign-up.</summary>
    [Fact]
    public async Task An_old_sign_up_that_is_forgotten_in_the_middle_of_a_new_one_does_not_harm_it()
    {
        for (var at = 1; ; at++)
        {
            var fixture = new DeliveryFixture();
            var id = await SignedUpAsync(fixture, "reader@example.com");
            fixture.Time.Advance(TimeSpan.FromDays(40));
            var program = fixture.Start();
            var met = false;
            program.Plan.Before = async call =>
            {
                if (call.Number == at)
                {
                    met = true;
                    await fixture.Program.Get<DropSignUp>().ExecuteAsync(id, First.AddDays(10), DeliveryFixture.Cancellation);
                }
            };
            await program.Get<SignUp>().ExecuteAsync(new SignUpRequest("reader@example.com", "page"), DeliveryFixture.Cancellation);
            if (!met)
            {
                Assert.InRange(at, 4, 20);
                return;
            }

            var found =
                (await fixture.Program.Get<FindSubscriber>()
                    .ExecuteAsync(Address("reader@example.com"), DeliveryFixture.Cancellation)).Subscriber;
            Assert.Equal(
                ConfirmOutcome.Active, await fixture.Program.Get<ConfirmSignUp>().ExecuteAsync(found!.Id, DeliveryFixture.Cancellation));
        }
    }
}
