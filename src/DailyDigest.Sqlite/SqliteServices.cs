using DailyDigest.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace DailyDigest.Sqlite;

/// <summary>Wiring.</summary>
public static class SqliteServices
{
    /// <summary>Keeps all state in one embedded file, as the section <see cref="SqliteOptions.Section"/> says.</summary>
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<SqliteOptions>(configuration.GetSection(SqliteOptions.Section));
        services.AddSingleton<IValidateOptions<SqliteOptions>, SqliteOptionsCheck>();
        services.AddOptions<SqliteOptions>().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new SqliteDatabase(provider.GetRequiredService<IOptions<SqliteOptions>>().Value));
        services.AddSingleton<ITableStore, SqliteTableStore>();
        services.AddSingleton<IQueueStore, SqliteQueueStore>();
        return services;
    }

    private sealed class SqliteOptionsCheck : IValidateOptions<SqliteOptions>
    {
        public ValidateOptionsResult Validate(string? name, SqliteOptions options) =>
            options.Validate().ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
