using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Queues;
using DailyDigest.Mailing;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.AzureStorage;

/// <summary>Registers Azure Storage.</summary>
public static class AzureStorageServices
{
    // Few: callers decide what is worth retrying.
    private const int MaxRetries = 2;
    private const int MaxRetriesOfMove = 8;

    /// <summary>Stores all state in the Azure Storage account of the section <see cref="AzureStorageOptions.Section"/>.</summary>
    public static IServiceCollection AddAzureStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<AzureStorageOptions>(configuration, AzureStorageOptions.Section, (options, _) => options.Validate());
        services.AddSingleton<ITableStore>(provider => CreateTableStore(provider.GetRequiredService<AzureStorageOptions>()));
        services.AddSingleton<IQueueStore>(provider => CreateQueueStore(provider.GetRequiredService<AzureStorageOptions>()));
        return services;
    }

    /// <summary>
    /// Adds the access tokens of the app's managed identity, or on a developer's machine of the signed-in user. Nothing is looked for
    /// before the first token is asked for.
    /// </summary>
    public static IServiceCollection AddAzureIdentity(this IServiceCollection services) =>
        services.AddSingleton<FetchAccessToken>(
            provider => new AzureIdentityTokens(provider.GetService<TimeProvider>() ?? TimeProvider.System).FetchAsync);

    /// <summary>The tables of the account.</summary>
    /// <exception cref="StorageException">The connection string cannot be read.</exception>
    public static ITableStore CreateTableStore(AzureStorageOptions options) => new AzureTableStore(Client(options, MaxRetries), options);

    /// <summary>
    /// The tables of the account and what they hold, for a move: the client retries for ten seconds, because a move takes long and repeats
    /// no write that could be refused the second time.
    /// </summary>
    /// <exception cref="StorageException">The connection string cannot be read.</exception>
    public static (ITableStore Tables, IStoreContents Contents) CreateForMove(AzureStorageOptions options)
    {
        var service = Client(options, MaxRetriesOfMove);
        return (new AzureTableStore(service, options), new AzureContents(service, options));
    }

    /// <summary>The queues of the account.</summary>
    /// <exception cref="StorageException">The connection string cannot be read.</exception>
    public static IQueueStore CreateQueueStore(AzureStorageOptions options)
    {
        var client = WithRetries(new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 }, MaxRetries);
        return new AzureQueueStore(
            options.ConnectionString is { Length: > 0 } connection
                ? Connect(() => new QueueServiceClient(connection, client))
                : new QueueServiceClient(
                    new Uri($"https://{options.AccountName}.queue.core.windows.net"), new DefaultAzureCredential(), client),
            options);
    }

    private static TableServiceClient Client(AzureStorageOptions options, int retries)
    {
        var client = WithRetries(new TableClientOptions(), retries);
        return options.ConnectionString is { Length: > 0 } connection
            ? Connect(() => new TableServiceClient(connection, client))
            : new TableServiceClient(
                new Uri($"https://{options.AccountName}.table.core.windows.net"), new DefaultAzureCredential(), client);
    }

    private static T WithRetries<T>(T options, int retries) where T : ClientOptions
    {
        options.Retry.MaxRetries = retries;
        options.Retry.Delay = TimeSpan.FromMilliseconds(200);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(2);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(20);
        return options;
    }

    private static T Connect<T>(Func<T> connect)
    {
        try
        {
            return connect();
        }
        catch (Exception error) when (error is FormatException or ArgumentException or InvalidOperationException)
        {
            // Without the inner exception, which may quote the key.
            throw new StorageException("Storage__Azure__ConnectionString cannot be read: copy it from the account's page in the portal.");
        }
    }
}
