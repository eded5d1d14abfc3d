using System.Security.Cryptography;
using System.Text;
using DailyDigest.App;
using DailyDigest.Sqlite;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace DailyDigest.Storage.Tests;

/// <summary>The suppression list on every store.</summary>
public abstract class SuppressionContract
{
    private const int Readers = 60;

    protected abstract Task<ITableStore> OpenAsync();

    [Fact]
    public async Task A_list_of_addresses_and_hashes_ends_subscriptions_once_and_is_taken_back()
    {
        var services = Services(await OpenAsync());
        var stop = TestContext.Current.CancellationToken;
        var text = "email\n" + string.Concat(Enumerable.Range(0, Readers).Select(number => $"reader{number}@example.com\n"));
        await services.GetRequiredService<ImportSubscribers>().ExecuteAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(text)), "list", false, row => Assert.Fail(row.Reason), null, stop);

        var list = new StringBuilder("email,sha256,reason\n");
        for (var number = 0; number < Readers - 10; number++)
        {
            var address = $"reader{number}@example.com";
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address)));
            list.Append(number % 2 == 0 ? $"{address},,bounced\n" : $",{hash},unsubscribed\n");
        }

        Assert.Equal((Readers - 10, Readers - 10, 0), await ImportAsync());
        Assert.Equal((0, 0, Readers - 10), await ImportAsync());
        var subscribers = services.GetRequiredService<SubscriberStore>();
        Assert.Equal(10, await subscribers.ScanAsync(SubscriberStatus.Active, null, stop).CountAsync(stop));

        var (keys, lists) = (new List<string>(), services.GetRequiredService<ListSuppressions>());
        for (string? after = null, last = ""; last is not null; after = last)
        {
            var page = await lists.ExecuteAsync(after, 7, stop);
            Assert.All(page, one => Assert.NotNull(one.Person));
            keys.AddRange(page.Select(one => one.Entry.Key));
            last = page.Count == 7 ? page[^1].Entry.Key : null;
        }

        Assert.Equal(Readers - 10, keys.Distinct().Count());
        Assert.Equal(keys.Order(StringComparer.Ordinal), keys);
        foreach (var key in keys.Take(5))
        {
            Assert.Equal(
                RemoveSuppressionOutcome.Removed,
                (await services.GetRequiredService<RemoveSuppression>().ExecuteAsync(key, false, stop)).Outcome);
        }

        Assert.Equal(Readers - 15, (await lists.ExecuteAsync(null, 100, stop)).Count);
        Assert.Equal(10, await subscribers.ScanAsync(SubscriberStatus.Active, null, stop).CountAsync(stop));

        async Task<(int Added, int Ended, int Known)> ImportAsync()
        {
            var report = await services.GetRequiredService<ImportSuppressions>().ExecuteAsync(
                new MemoryStream(Encoding.UTF8.GetBytes(list.ToString())), new SuppressionDefaults(Suppression.Unsubscribed, "old"), false,
                row => Assert.Fail(row.Reason), null, stop);
            return (report.Added, report.Ended, report.Known);
        }
    }

    private static ServiceProvider Services(ITableStore tables)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero)))
            .AddSingleton(tables).AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton<IHostEnvironment>(
            Mock.Of<IHostEnvironment>(host => host.EnvironmentName == Environments.Development));
        services.AddDailyDigest(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Publication:Name"] = "The Paper",
            ["Publication:BaseUrl"] = "https://digest.example.com",
            ["Publication:TimeZone"] = "Etc/UTC",
        }).Build());
        return services.BuildServiceProvider();
    }
}

public sealed class Suppression_on_sqlite : SuppressionContract, IDisposable
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

public sealed class Suppression_on_azure(AzuriteFixture azurite) : SuppressionContract
{
    private readonly AzureAccount account = new(azurite);

    protected override Task<ITableStore> OpenAsync() => account.TablesAsync();
}
