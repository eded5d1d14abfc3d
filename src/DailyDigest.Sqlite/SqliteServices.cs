using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DailyDigest.Sqlite;

/// <summary>Registers SQLite.</summary>
public static class SqliteServices
{
    /// <summary>Stores all state in the file of the section <see cref="SqliteOptions.Section"/>.</summary>
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<SqliteOptions>(configuration, SqliteOptions.Section, (options, _) => options.Validate());
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new SqliteDatabase(
            provider.GetRequiredService<SqliteOptions>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ITableStore, SqliteTableStore>();
        services.AddSingleton<IQueueStore, SqliteQueueStore>();
        services.AddSingleton<IStoreJournal, SqliteStoreJournal>();
        services.AddSingleton<SqliteBackup>();
        services.AddSingleton<SqliteRestore>();
        return services;
    }
}
