using DailyDigest.Repair;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Repair;

/// <summary>A departure that is in the journal and did not happen must not end a subscription after a restore.</summary>
public sealed class FalseDepartureTests
{
    private readonly DeliveryFixture fixture = new() { Journal = new MemoryStoreJournal() };

    public FalseDepartureTests() => fixture.Program = fixture.Start();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_departure_that_lost_the_race_to_another_change_is_void()
    {
        var id = await fixture.SubscribeAsync();
        var address = DeliveryFixture.Address(id);
        var program = ProgramThatMeets(() => fixture.Program.Get<ChangeSubscriber>().ExecuteAsync(
            id, person => person! with { Address = "elsewhere@example.com" }, Cancellation));

        // The reader moved to another address meanwhile, so that a complaint about the former one does not end the subscription.
        await program.Get<ChangeSubscriber>().ExecuteAsync(
            id, person => person!.Address == address ? person with { Status = SubscriberStatus.Complained } : null, Cancellation);
        Assert.Equal(SubscriberStatus.Active, await StatusAsync(id));

        Assert.Equal(0, (await TakeUpAsync()).Ended);
        Assert.Equal(SubscriberStatus.Active, await StatusAsync(id));
    }

    [Fact]
    public async Task A_departure_that_is_stored_at_the_second_try_counts()
    {
        var id = await fixture.SubscribeAsync();
        var copy = await RowAsync(id);
        var program = ProgramThatMeets(() => fixture.Program.Get<ChangeSubscriber>().ExecuteAsync(
            id, person => person! with { Language = "fr" }, Cancellation));
        await program.Get<Unsubscribe>().ExecuteAsync(id, Cancellation);

        await PutBackAsync(copy);
        Assert.Equal(1, (await TakeUpAsync()).Ended);
        Assert.Equal(SubscriberStatus.Unsubscribed, await StatusAsync(id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_stop_at_any_write_the_journal_says_what_the_store_says(bool after)
    {
        var stayed = 0;
        for (var at = 1; ; at++)
        {
            var test = new FalseDepartureTests();
            var id = await test.fixture.SubscribeAsync();
            var copy = await test.RowAsync(id);
            var dying = test.fixture.Start(after ? new FaultPlan { StopAfter = at } : new FaultPlan { StopBefore = at });
            try
            {
                await dying.Get<Unsubscribe>().ExecuteAsync(id, Cancellation);
            }
            catch (ProgramStoppedException)
            {
                // The program died at this write.
            }

            await test.FinishAsync();
            var status = await test.StatusAsync(id);
            stayed += status == SubscriberStatus.Active ? 1 : 0;
            await test.PutBackAsync(copy);
            await test.TakeUpAsync();
            Assert.Equal(status, await test.StatusAsync(id));
            if (!dying.Plan.Stopped)
            {
                Assert.True(stayed > 0 && at > stayed + 1);
                return;
            }
        }
    }

    [Fact]
    public async Task A_departure_that_was_slow_and_not_stopped_counts()
    {
        var id = await fixture.SubscribeAsync();
        var copy = await RowAsync(id);
        await ProgramThatMeets(FinishAsync).Get<Unsubscribe>().ExecuteAsync(id, Cancellation);
        Assert.Equal(SubscriberStatus.Unsubscribed, await StatusAsync(id));

        await PutBackAsync(copy);
        await TakeUpAsync();
        Assert.Equal(SubscriberStatus.Unsubscribed, await StatusAsync(id));
    }

    /// <summary>A program whose first write of a subscriber comes after what the other one does.</summary>
    private Fixtures.Program ProgramThatMeets(Func<Task> other)
    {
        var plan = new FaultPlan();
        plan.Before = async call =>
        {
            if (call is { Operation: "Write", Place: Tables.Subscribers })
            {
                plan.Before = null;
                await other();
            }
        };
        return fixture.Start(plan);
    }

    /// <summary>Three minutes later, another program completes what was interrupted.</summary>
    private async Task FinishAsync()
    {
        fixture.Advance(TimeSpan.FromMinutes(3));
        await fixture.Program.Get<FinishChanges>().ExecuteAsync(Cancellation);
    }

    private async Task<TableRow> RowAsync(string id) =>
        (await fixture.Tables.GetAsync(Tables.Subscribers, SubscriberStore.Partition(id), id, Cancellation))!;

    private Task<WriteResult> PutBackAsync(TableRow copy) => fixture.Tables.WriteAsync(
        Tables.Subscribers, SubscriberStore.Partition(copy.Key), TableWrite.Upsert(copy), Cancellation);

    /// <summary>Starts a program on a store that lacks everything that the journal knows.</summary>
    private async Task<AppliedDepartures> TakeUpAsync()
    {
        fixture.Journal!.PutBack(fixture.Time.GetUtcNow(), fixture.Time.GetUtcNow(), 0);
        var use = fixture.Program.Get<TakeUpCopy>();
        await use.ExecuteAsync(Cancellation);
        return use.Result!.Applied;
    }

    private async Task<SubscriberStatus?> StatusAsync(string id) =>
        (await fixture.Program.Get<SubscriberStore>().GetAsync(id, Cancellation))?.Subscriber.Status;
}
