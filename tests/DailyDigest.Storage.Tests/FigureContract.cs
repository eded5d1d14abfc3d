using DailyDigest.Figures;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Storage.Tests;

/// <summary>Subscribers are counted in the batch that writes them, on every store.</summary>
public abstract class FigureContract
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected abstract Task<ITableStore> OpenAsync();

    [Fact]
    public async Task Subscribers_are_counted_once_by_two_machines_at_once_and_read_in_one_request()
    {
        var tables = await OpenAsync();
        var machines = Enumerable.Range(0, 2)
            .Select(_ => new ReaderCounts(tables, new Publication { TimeZone = "Etc/UTC" }, time))
            .Select(counts => (Store: new SubscriberStore(tables, counts), Sums: new SumReaders(tables, counts))).ToList();
        await machines[0].Sums.BeginAsync(Cancellation);
        await Parallel.ForAsync(0, 40, Cancellation, async (number, stop) =>
        {
            var (store, sums) = machines[number % 2];
            var person = Person($"{number % 3:x2}{number:d30}");
            Assert.True(await store.InsertAsync(person, stop));
            var stored = (await store.GetAsync(person.Id, stop))!;
            Assert.True(await store.UpdateAsync(
                stored, stored.Subscriber with { Status = SubscriberStatus.Active, Version = 2 }, stop));
            await sums.FlushAsync(stop);
        });
        await machines[0].Sums.FlushAsync(Cancellation);
        await machines[1].Sums.FlushAsync(Cancellation);

        var total = await machines[0].Sums.TotalAsync(Cancellation);
        Assert.Equal("active=40", total.On(new DateOnly(2026, 3, 2)).ToString());
        var day = Assert.Single(await machines[1].Sums.DaysAsync(new DateOnly(2025, 3, 2), new DateOnly(2026, 3, 2), Cancellation));
        Assert.Equal(("imported=40", "active=40"), (day.Events.ToString(), day.Level?.ToString()));
    }

    [Fact]
    public async Task Days_are_written_over_and_read_in_a_range()
    {
        var figures = new FigureStore(await OpenAsync());
        var first = new DateOnly(2025, 1, 1);
        await figures.WriteAsync(
            FigureKinds.Deliveries, Enumerable.Range(0, 250).Select(day => Day(first.AddDays(day), day)), Cancellation);
        await figures.WriteAsync(FigureKinds.Deliveries, [Day(first.AddDays(9), 1_000)], Cancellation);

        var days = await figures.RangeAsync(FigureKinds.Deliveries, first.AddDays(8), first.AddDays(10), Cancellation);
        Assert.Equal([8, 1_000, 10], days.Select(day => day.Counts["sent"]));
        Assert.Equal([8, 1_000, 10], days.Select(day => day.Labels.Total()["sent"]));
    }

    private static FigureDay Day(DateOnly date, int sent)
    {
        var labels = new FigureLabels();
        labels.Set("example.com", FigureCounts.Parse($"sent={sent}"));
        return new FigureDay(date, labels.Total()) { Labels = labels };
    }

    private static Subscriber Person(string id) => new()
    {
        Id = id,
        Address = "reader@example.com",
        Status = SubscriberStatus.Pending,
        Zone = "Etc/UTC",
        Hour = 7,
        Language = "en",
        Consent = new Consent(DateTimeOffset.UnixEpoch, "test", "1", "en", null),
        Created = DateTimeOffset.UnixEpoch,
    };
}

public sealed class Figures_on_sqlite : FigureContract, IDisposable
{
    private readonly SqliteFile file = new();

    public void Dispose() => file.Dispose();

    protected override async Task<ITableStore> OpenAsync()
    {
        var tables = new SqliteTableStore(file.Open(), new FakeTimeProvider());
        await tables.PrepareAsync(CancellationToken.None);
        return tables;
    }
}

public sealed class Figures_on_azure(AzuriteFixture azurite) : FigureContract
{
    private readonly AzureAccount account = new(azurite);

    protected override Task<ITableStore> OpenAsync() => account.TablesAsync();
}
