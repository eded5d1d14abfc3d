using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Figures;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

/// <summary>A pass over all data: in small steps, interrupted, and by two machines at once.</summary>
public sealed partial class PurgeTests
{
    [Fact]
    public async Task A_beat_does_little_a_pass_ends_and_a_second_one_that_day_does_nothing()
    {
        var fixture = await DeliveredAsync(("Delivery:KeepDays", "20"));
        foreach (var batch in Enumerable.Range(0, 9_000).Chunk(100))
        {
            await fixture.Tables.WriteAsync(
                Storage.Tables.Ledger, "2026-03-02~all", [.. batch.Select(number => TableWrite.Insert(new TableRow($"f{number:d31}")))],
                DeliveryFixture.Cancellation);
        }

        fixture.Time.SetUtcNow(new DateTimeOffset(First.AddDays(21), new TimeOnly(0, 5), TimeSpan.Zero));
        var beats = 0;
        for (var more = true; more; beats++)
        {
            var program = fixture.Start();
            more = await program.Get<Purge>().ExecuteAsync(DeliveryFixture.Cancellation);
            Assert.InRange(program.Plan.Trace.Count, 1, 160);
            Assert.InRange(program.Plan.Writes, 0, 45);
        }

        Assert.InRange(beats, 5, 20);
        Assert.Empty(fixture.Ledger(First));
        var again = fixture.Start();
        Assert.False(await again.Get<Purge>().ExecuteAsync(DeliveryFixture.Cancellation));
        Assert.False(await again.Get<Purge>().ExecuteAsync(DeliveryFixture.Cancellation));
        Assert.Single(again.Plan.Trace);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopped_at_any_write_the_next_pass_finishes_and_takes_nothing_more(bool after)
    {
        var whole = await SampleAsync();
        await PassAsync(whole, First.AddDays(31));
        var expected = Keys(whole);
        for (var write = 1; ; write++)
        {
            var fixture = await SampleAsync();
            fixture.Time.SetUtcNow(new DateTimeOffset(First.AddDays(31), new TimeOnly(0, 5), TimeSpan.Zero));
            var program = fixture.Start(new FaultPlan { StopAfter = after ? write : null, StopBefore = after ? null : write });
            try
            {
                while (await program.Get<Purge>().ExecuteAsync(DeliveryFixture.Cancellation))
                {
                }
            }
            catch (ProgramStoppedException)
            {
            }

            await PassAsync(fixture, First.AddDays(31));
            Assert.Equal(expected, Keys(fixture));
            if (!program.Plan.Stopped)
            {
                Assert.InRange(write, 10, 200);
                return;
            }
        }
    }

    [Fact]
    public async Task Figures_go_after_three_years()
    {
        var fixture = new DeliveryFixture();
        await fixture.Program.TickAsync();
        var (store, kept) = (fixture.Program.Get<FigureStore>(), First.AddDays(1 - FigureStore.KeptDays));
        foreach (var kind in FigureKinds.All)
        {
            await store.WriteAsync(
                kind, [Day(kept.AddDays(-1)), Day(kept), Day(First)], DeliveryFixture.Cancellation);
        }

        await PassAsync(fixture, First.AddDays(1));
        foreach (var kind in FigureKinds.All)
        {
            var left = await store.RangeAsync(kind, kept.AddDays(-9), First, DeliveryFixture.Cancellation);
            Assert.Equal([kept, First], left.Select(day => day.Date));
        }

        Assert.True((await fixture.Program.Get<SumReaders>().TotalAsync(DeliveryFixture.Cancellation)).IsComplete);

        static FigureDay Day(DateOnly date) => new(date, FigureCounts.Parse("sent=1"));
    }

    [Fact]
    public async Task Two_machines_that_sweep_at_once_take_what_one_would_take()
    {
        var whole = await SampleAsync();
        await PassAsync(whole, First.AddDays(31));
        var expected = Keys(whole);
        for (var at = 1; at < 120; at += 3)
        {
            var fixture = await SampleAsync();
            fixture.Time.SetUtcNow(new DateTimeOffset(First.AddDays(31), new TimeOnly(0, 5), TimeSpan.Zero));
            var (one, other) = (fixture.Start(), fixture.Start());
            one.Plan.Before = async call =>
            {
                if (call.Number == at)
                {
                    await other.Get<Purge>().ExecuteAsync(DeliveryFixture.Cancellation);
                }
            };
            await one.Get<Purge>().ExecuteAsync(DeliveryFixture.Cancellation);
            await PassAsync(fixture, First.AddDays(31));
            Assert.Equal(expected, Keys(fixture));
        }
    }

    private static async Task<DeliveryFixture> SampleAsync()
    {
        var fixture = await DeliveredAsync(("Delivery:KeepDays", "20"));
        await SignedUpAsync(fixture, "stranger@example.com");
        var url = "https://paper.example.com/old";
        await fixture.Program.Get<StoryStore>().UpsertAsync(
            new Story
            {
                Id = StoryId.From(url),
                Kind = StoryKind.Article,
                Url = url,
                Title = "Old",
                Source = "paper",
                Published = fixture.Time.GetUtcNow().AddYears(-9),
                FirstSeen = fixture.Time.GetUtcNow()
            },
            DeliveryFixture.Cancellation);
        return fixture;
    }

    // Subscriber ids differ in each fixture, and with them the partitions that have counts.
    private static IReadOnlyList<string> Keys(DeliveryFixture fixture) =>
        [.. fixture.Tables.Everything.Where(one => one.Row.Key != ReaderCountRow.Key)
            .Select(one => one.Table is Storage.Tables.Subscribers or Storage.Tables.Addresses
            ? one.Table : $"{one.Table} {one.Partition} {one.Row.Key}").Order(StringComparer.Ordinal)];
}
