using DailyDigest.Figures;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Subscribers are counted where they are written, once, whatever happens.</summary>
public sealed class ReaderCountsTests
{
    private static readonly DateOnly Today = new(2026, 3, 2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_readers_life_is_counted_step_by_step()
    {
        using var fixture = new SubscriberFixture();
        await fixture.Sums.BeginAsync(Cancellation);
        var ada = await fixture.SubscribedAsync("ada@example.com");
        var bob = await fixture.SubscribedAsync("bob@example.com");
        await fixture.SignedUpAsync("cleo@example.com");
        await fixture.SignedUpAsync("cleo@example.com");
        await fixture.Unsubscribe.ExecuteAsync(ada.Id, Cancellation);
        await fixture.Unsubscribe.ExecuteAsync(ada.Id, Cancellation);
        await fixture.SayWhy.ExecuteAsync(ada.Id, "too-many", Cancellation);
        await fixture.Resubscribe.ExecuteAsync(ada.Id, Cancellation);
        await fixture.Pause.ExecuteAsync(ada.Id, "2026-03-09", Cancellation);
        await fixture.ChangePreferences.ExecuteAsync(bob.Id, new Preferences("Asia/Tokyo", 20, "daily", "ar"), Cancellation);
        await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address("bob@example.com"), Suppression.Complained, Cancellation);
        await fixture.Sums.ExecuteAsync(Cancellation);

        Assert.Equal(
            "changed-hour=1 changed-language=1 complained=1 confirmed=2 left=1 paused=1 returned=1 sign-ups=3 why-too-many=1",
            (await DayAsync(fixture)).Events.ToString());
        Assert.Equal("active=1 complained=1 paused=1 pending=1", (await NowAsync(fixture)).ToString());
        Assert.Equal("active=1 complained=1 paused=1 pending=1", (await DayAsync(fixture)).Level!.ToString());

        // The pause ends by itself on its date.
        var total = await fixture.Sums.TotalAsync(Cancellation);
        Assert.Equal((1, 0), (total.On(new DateOnly(2026, 3, 8))["paused"], total.On(new DateOnly(2026, 3, 9))["paused"]));
    }

    [Fact]
    public async Task Erasing_a_reader_leaves_nothing_personal_in_the_figures()
    {
        using var fixture = new SubscriberFixture();
        await fixture.Sums.BeginAsync(Cancellation);
        var person = await fixture.SubscribedAsync("ada.lovelace@private.example");
        await fixture.Sums.ExecuteAsync(Cancellation);
        await fixture.Erase.ExecuteAsync(person.Id, Cancellation);
        await fixture.Sums.ExecuteAsync(Cancellation);

        Assert.Equal("confirmed=1 erased=1 sign-ups=1", (await DayAsync(fixture)).Events.ToString());
        Assert.Equal("", (await NowAsync(fixture)).ToString());
        var store = (MemoryTableStore)fixture.Store;
        var counts = store.Everything.Where(one => one.Table == Tables.Figures || one.Row.Key == ReaderCountRow.Key).ToList();
        Assert.NotEmpty(counts);
        Assert.All(counts, one => Assert.DoesNotContain(
            one.Row.Properties.Values.OfType<string>().Append(one.Row.Key),
            text => text.Contains("ada", StringComparison.Ordinal) || text.Contains("private", StringComparison.Ordinal)
                || text.Contains(person.Id, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rush_on_two_machines_is_counted_once_each(bool sqlite)
    {
        using var fixture = new SubscriberFixture(sqlite);
        await fixture.Sums.BeginAsync(Cancellation);
        var (counts, others) = (fixture.Counts, new ReaderCounts(fixture.Store, fixture.Publication, fixture.Time));
        var (mine, theirs) = (new SubscriberStore(fixture.Store, counts), new SubscriberStore(fixture.Store, others));
        var (sums, otherSums) = (new SumReaders(fixture.Store, counts), new SumReaders(fixture.Store, others));

        // Few partitions, so that they meet.
        await Parallel.ForAsync(0, 200, Cancellation, async (number, stop) =>
        {
            var id = $"{number % 4:x2}{number:d30}";
            Assert.True(await (number % 2 == 0 ? mine : theirs).InsertAsync(Pending(id), stop));
            await (number % 2 == 0 ? sums : otherSums).FlushAsync(stop);
        });
        await sums.FlushAsync(Cancellation);
        await otherSums.FlushAsync(Cancellation);

        Assert.Equal("pending=200", (await NowAsync(fixture)).ToString());
        Assert.Equal("sign-ups=200", (await DayAsync(fixture)).Events.ToString());
        Assert.Equal("pending=200", (await RecountedAsync(fixture)).ToString());
    }

    [Fact]
    public async Task A_store_from_before_figures_is_counted_in_steps_while_readers_come_and_go()
    {
        using var fixture = new SubscriberFixture();
        for (var number = 0; number < 600; number++)
        {
            var id = $"{number % 256:x2}{number:d30}";
            await fixture.Store.WriteAsync(
                Tables.Subscribers, id[..2], TableWrite.Insert(SubscriberRow.Write(Pending(id))), Cancellation);
        }

        var before = await fixture.Sums.TotalAsync(Cancellation);
        Assert.False(before.IsComplete);

        // Another reader signs up at each third read of the count.
        var added = 0;
        fixture.Plan.After = async call =>
        {
            if (call is { Operation: "Query", Place: Tables.Subscribers } && call.OperationNumber % 3 == 0)
            {
                var store = new SubscriberStore(fixture.Store, new ReaderCounts(fixture.Store, fixture.Publication, fixture.Time));
                await store.InsertAsync(Pending($"{call.Partition}{++added:d30}".Replace('0', 'a')[..32]), Cancellation);
            }
        };
        await fixture.Sums.ExecuteAsync(Cancellation);
        fixture.Plan.Restart();
        fixture.Counts.MarkAll();
        await fixture.Sums.ExecuteAsync(Cancellation);

        Assert.InRange(added, 50, 300);
        Assert.True((await fixture.Sums.TotalAsync(Cancellation)).IsComplete);
        Assert.Equal(600 + added, (await NowAsync(fixture))["pending"]);
        Assert.Equal(600 + added, (await RecountedAsync(fixture))["pending"]);
        Assert.Equal(added, (await DayAsync(fixture)).Events["sign-ups"]);
    }

    [Fact]
    public async Task A_recount_repairs_what_an_older_version_wrote()
    {
        using var fixture = new SubscriberFixture();
        await fixture.Sums.BeginAsync(Cancellation);
        var person = await fixture.SubscribedAsync("ada@example.com");
        await fixture.Store.WriteAsync(
            Tables.Subscribers, person.Id[..2], TableWrite.Insert(SubscriberRow.Write(Pending(person.Id[..2] + new string('b', 30)))),
            Cancellation);
        await fixture.Sums.ExecuteAsync(Cancellation);
        var steps = 0;
        await fixture.Sums.RecountAsync(_ => steps++, Cancellation);

        Assert.Equal(256, steps);
        Assert.Equal("active=1 pending=1", (await NowAsync(fixture)).ToString());
    }

    /// <summary>The writes of a process are added up by itself, by the purge's mark, or by the next start.</summary>
    [Fact]
    public async Task What_a_killed_process_counted_is_added_up_by_the_next_one()
    {
        using var fixture = new SubscriberFixture();
        await fixture.Sums.BeginAsync(Cancellation);
        await fixture.SubscribedAsync("ada@example.com");
        await fixture.RestartAndFinishAsync();
        await fixture.Sums.ExecuteAsync(Cancellation);
        Assert.Equal("", (await NowAsync(fixture)).ToString());

        fixture.Counts.MarkAll();
        await fixture.Sums.ExecuteAsync(Cancellation);
        Assert.Equal("active=1", (await NowAsync(fixture)).ToString());
    }

    internal static async Task AssertRightAsync(SubscriberFixture fixture)
    {
        fixture.Counts.MarkAll();
        await fixture.Sums.ExecuteAsync(CancellationToken.None);
        Assert.Equal((await RecountedAsync(fixture)).ToString(), (await NowAsync(fixture)).ToString());
    }

    private static async Task<FigureCounts> NowAsync(SubscriberFixture fixture) =>
        (await fixture.Sums.TotalAsync(CancellationToken.None)).On(Today);

    private static async Task<ReaderFigures> DayAsync(SubscriberFixture fixture) =>
        Assert.Single(await fixture.Sums.DaysAsync(Today, Today, Cancellation));

    /// <summary>The numbers by counting every row.</summary>
    private static async Task<FigureCounts> RecountedAsync(SubscriberFixture fixture)
    {
        var counts = new FigureCounts();
        await foreach (var person in fixture.Subscribers.ScanAsync(null, CancellationToken.None))
        {
            counts.Add(person.Status.ToString().ToLowerInvariant(), 1);
            counts.Add("paused", person.Status == SubscriberStatus.Active && person.PausedUntil > Today ? 1 : 0);
        }

        return counts;
    }

    private static Subscriber Pending(string id) => new()
    {
        Id = id,
        Address = "reader@example.com",
        Status = SubscriberStatus.Pending,
        Zone = "Etc/UTC",
        Hour = 7,
        Language = "en",
        Consent = new Consent(DateTimeOffset.UnixEpoch, "test", "1", "en", null),
        Created = DateTimeOffset.UnixEpoch,
        SignUp = new PendingSignUp("Etc/UTC", 7, default, "en", new Consent(DateTimeOffset.UnixEpoch, "test", "1", "en", null)),
    };
}
