using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Delivery;

namespace DailyDigest.Tests.Schedule;

/// <summary>Sign-ups that nobody confirmed, and whom forgetting them must not touch.</summary>
public sealed partial class PurgeTests
{
    [Fact]
    public async Task Service_mails_checks_and_sign_ups_that_nobody_confirmed_go_in_their_time()
    {
        var world = new World();
        await world.Program.TickAsync();
        var person = await SignedUpAsync(world, "stranger@example.com");
        await world.Tables.WriteAsync(Storage.Tables.UsedChecks, "2026-03-02-23", TableWrite.Insert(new TableRow("x")), World.Cancellation);
        await world.Tables.WriteAsync(Storage.Tables.Budgets, "2026-03-02-23", TableWrite.Insert(new TableRow("x")), World.Cancellation);
        await PassAsync(world, First.AddDays(3));
        Assert.DoesNotContain(world.Tables.Everything, one => one.Table is Storage.Tables.UsedChecks or Storage.Tables.Budgets);

        await PassAsync(world, First.AddDays(30));
        Assert.NotNull(await world.Program.Get<SubscriberStore>().GetAsync(person, World.Cancellation));
        Assert.Contains(world.Tables.Everything, one => one.Table == Storage.Tables.Notices);
        await PassAsync(world, First.AddDays(31));
        Assert.DoesNotContain(world.Tables.Everything, one => one.Table is Storage.Tables.Notices or Storage.Tables.Subscribers or Storage.Tables.Addresses);
    }

    [Fact]
    public async Task Whoever_is_or_was_subscribed_or_signed_up_again_stays_and_a_suppressed_address_stays_so()
    {
        var world = new World();
        await world.Program.TickAsync();
        var (active, left) = (await SignedUpAsync(world, "active@example.com"), await SignedUpAsync(world, "left@example.com"));
        await world.Program.Get<ConfirmSignUp>().ExecuteAsync(active, World.Cancellation);
        await world.Program.Get<ConfirmSignUp>().ExecuteAsync(left, World.Cancellation);
        await world.Program.Get<Unsubscribe>().ExecuteAsync(left, World.Cancellation);
        var (again, blocked) = (await SignedUpAsync(world, "again@example.com"), await SignedUpAsync(world, "blocked@example.com"));
        var hash = world.Program.Get<AddressHash>().Of(Address("blocked@example.com"));
        await world.Program.Get<AddressStore>().ChangeAsync(hash, row => row with { Reason = Suppression.Blocked }, World.Cancellation);
        world.Time.Advance(TimeSpan.FromDays(20));
        await SignedUpAsync(world, "again@example.com");
        await PassAsync(world, First.AddDays(45));

        var subscribers = world.Program.Get<SubscriberStore>();
        Assert.All(new[] { active, left, again }, id => Assert.NotNull(subscribers.GetAsync(id, World.Cancellation).GetAwaiter().GetResult()));
        Assert.Null(await subscribers.GetAsync(blocked, World.Cancellation));
        var known = await world.Program.Get<AddressStore>().GetAsync(hash, World.Cancellation);
        Assert.Equal((null, Suppression.Blocked), (known.SubscriberId, known.Reason));
    }

    /// <summary>Somebody signs up anew at each storage call of the forgetting.</summary>
    [Fact]
    public async Task Who_signs_up_while_an_old_sign_up_is_forgotten_can_confirm()
    {
        for (var at = 1; ; at++)
        {
            var world = new World();
            var id = await SignedUpAsync(world, "reader@example.com");
            world.Time.Advance(TimeSpan.FromDays(40));
            var program = world.Start();
            string? anew = null;
            program.Plan.Before = async call => anew = call.Number == at ? await SignedUpAsync(world, "reader@example.com") : anew;
            await program.Get<DropSignUp>().ExecuteAsync(id, First.AddDays(10), World.Cancellation);
            if (anew is null)
            {
                Assert.InRange(at, 4, 20);
                return;
            }

            var found = (await world.Program.Get<FindSubscriber>().ExecuteAsync(Address("reader@example.com"), World.Cancellation)).Subscriber;
            Assert.Equal(ConfirmOutcome.Active, await world.Program.Get<ConfirmSignUp>().ExecuteAsync(found!.Id, World.Cancellation));
        }
    }

    /// <summary>The forgetting comes in between any two calls of a sign-up.</summary>
    [Fact]
    public async Task An_old_sign_up_that_is_forgotten_in_the_middle_of_a_new_one_does_not_harm_it()
    {
        for (var at = 1; ; at++)
        {
            var world = new World();
            var id = await SignedUpAsync(world, "reader@example.com");
            world.Time.Advance(TimeSpan.FromDays(40));
            var program = world.Start();
            var met = false;
            program.Plan.Before = async call =>
            {
                if (call.Number == at)
                {
                    met = true;
                    await world.Program.Get<DropSignUp>().ExecuteAsync(id, First.AddDays(10), World.Cancellation);
                }
            };
            await program.Get<SignUp>().ExecuteAsync(new SignUpRequest("reader@example.com", "page"), World.Cancellation);
            if (!met)
            {
                Assert.InRange(at, 4, 20);
                return;
            }

            var found = (await world.Program.Get<FindSubscriber>().ExecuteAsync(Address("reader@example.com"), World.Cancellation)).Subscriber;
            Assert.Equal(ConfirmOutcome.Active, await world.Program.Get<ConfirmSignUp>().ExecuteAsync(found!.Id, World.Cancellation));
        }
    }
}
