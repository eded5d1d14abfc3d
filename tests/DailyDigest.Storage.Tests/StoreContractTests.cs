using DailyDigest.AzureStorage;
using DailyDigest.Sqlite;
using DailyDigest.Storage.Tests;
using DailyDigest.Testing.Services;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace DailyDigest.Storage.Tests;

/// <summary>One Azurite for all tests of this program. The first test that needs it starts it.</summary>
public sealed class AzuriteFixture : IAsyncDisposable
{
    private readonly Lazy<Task<Azurite>> azurite = new(() => Azurite.StartAsync(CancellationToken.None));

    public Task<Azurite> Started => azurite.Value;

    public async ValueTask DisposeAsync()
    {
        if (azurite.IsValueCreated && azurite.Value.IsCompletedSuccessfully)
        {
            await (await azurite.Value).DisposeAsync();
        }
    }
}

/// <summary>One prefix per test class, so that each has its own tables.</summary>
public sealed class AzureAccount(AzuriteFixture fixture)
{
    private readonly string prefix = Azurite.NewPrefix();
    private ITableStore? tables;

    public async Task<AzureStorageOptions> OptionsAsync(string? prefix = null) =>
        new() { ConnectionString = (await fixture.Started).ConnectionString, TablePrefix = prefix ?? this.prefix };

    public async Task<ITableStore> TablesAsync()
    {
        if (tables is null)
        {
            tables = AzureStorageServices.CreateTableStore(await OptionsAsync());
            await tables.PrepareAsync(CancellationToken.None);
        }

        return tables;
    }
}

/// <summary>A database file in its own folder. Both are deleted at the end.</summary>
public sealed class SqliteFile : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dailydigest-");
    private readonly List<SqliteDatabase> opened = [];

    public string Path => System.IO.Path.Combine(folder.FullName, "data", "test.db");

    public SqliteDatabase Open(Action<SqliteOptions>? change = null)
    {
        var options = new SqliteOptions { Path = Path };
        change?.Invoke(options);
        var database = new SqliteDatabase(options);
        opened.Add(database);
        return database;
    }

    public void Dispose()
    {
        opened.ForEach(database => database.Dispose());
        folder.Delete(recursive: true);
    }
}

public sealed class Memory_keeps_the_table_contract : TableStoreContract
{
    protected override Task<ITableStore> OpenAsync() => Task.FromResult<ITableStore>(new MemoryTableStore(new FakeTimeProvider()));
}

public sealed class Sqlite_keeps_the_table_contract : TableStoreContract
{
    private readonly SqliteFile file = new();

    protected override async Task<ITableStore> OpenAsync()
    {
        var store = new SqliteTableStore(file.Open(), new FakeTimeProvider());
        await store.PrepareAsync(Stop);
        return store;
    }

    public override ValueTask DisposeAsync()
    {
        file.Dispose();
        return base.DisposeAsync();
    }
}

public sealed class Azure_keeps_the_table_contract(AzureAccount account) : TableStoreContract, IClassFixture<AzureAccount>
{
    protected override Task<ITableStore> OpenAsync() => account.TablesAsync();
}

public sealed class Memory_keeps_the_queue_contract : QueueStoreContract
{
    private readonly FakeTimeProvider time = new();

    protected override Task<IQueueStore> OpenAsync() => Task.FromResult<IQueueStore>(new MemoryQueueStore(time));

    protected override Task PassAsync(TimeSpan time)
    {
        this.time.Advance(time);
        return Task.CompletedTask;
    }
}

public sealed class Sqlite_keeps_the_queue_contract : QueueStoreContract
{
    private readonly SqliteFile file = new();
    private readonly FakeTimeProvider time = new();

    protected override async Task<IQueueStore> OpenAsync()
    {
        var store = new SqliteQueueStore(file.Open(), time);
        await store.PrepareAsync(Stop);
        return store;
    }

    protected override Task PassAsync(TimeSpan time)
    {
        this.time.Advance(time);
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        file.Dispose();
        return base.DisposeAsync();
    }
}

public sealed class Azure_keeps_the_queue_contract(AzureAccount account) : QueueStoreContract, IClassFixture<AzureAccount>
{
    protected override async Task<IQueueStore> OpenAsync()
    {
        var store = AzureStorageServices.CreateQueueStore(await account.OptionsAsync(Azurite.NewPrefix()));
        await store.PrepareAsync(Stop);
        return store;
    }

    /// <summary>Waits in real time, because the emulator's clock cannot be set.</summary>
    protected override Task PassAsync(TimeSpan time) => Task.Delay(time, Stop);
}
