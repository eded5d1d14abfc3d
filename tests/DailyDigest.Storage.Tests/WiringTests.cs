using DailyDigest.AzureStorage;
using DailyDigest.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DailyDigest.Storage.Tests;

public sealed class WiringTests : IDisposable
{
    private readonly SqliteFile file = new();

    private static IConfiguration Settings(params (string Name, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value))).Build();

    [Fact]
    public async Task Sqlite_uses_the_file_of_the_setting_and_closes_it_at_the_end()
    {
        await using (var services = new ServiceCollection().AddSqliteStorage(Settings(("Storage:Path", file.Path))).BuildServiceProvider())
        {
            await services.GetRequiredService<ITableStore>().PrepareAsync(TestContext.Current.CancellationToken);
            await services.GetRequiredService<IQueueStore>().PrepareAsync(TestContext.Current.CancellationToken);
        }

        Assert.True(File.Exists(file.Path));
        File.Delete(file.Path);
    }

    [Fact]
    public void Azure_storage_is_created_from_a_connection_string_or_account_name()
    {
        foreach (var setting in new[] { ("Storage:Azure:AccountName", "account"),
            ("Storage:Azure:ConnectionString", "UseDevelopmentStorage=true") })
        {
            using var services = new ServiceCollection().AddAzureStorage(Settings(setting)).BuildServiceProvider();
            Assert.IsType<AzureTableStore>(services.GetRequiredService<ITableStore>());
            Assert.IsType<AzureQueueStore>(services.GetRequiredService<IQueueStore>());
        }
    }

    [Fact]
    public void Wrong_settings_refuse_to_start_with_a_line_for_each()
    {
        using var sqlite = new ServiceCollection().AddSqliteStorage(Settings(("Storage:Path", " "),
            ("Storage:MaxMegabytes", "-1"))).BuildServiceProvider();
        using var azure = new ServiceCollection().AddAzureStorage(Settings()).BuildServiceProvider();

        Assert.Equal(2, Assert.Throws<OptionsValidationException>(sqlite.GetRequiredService<ITableStore>).Failures.Count());
        Assert.Single(Assert.Throws<OptionsValidationException>(azure.GetRequiredService<ITableStore>).Failures);
    }

    public void Dispose() => file.Dispose();
}
