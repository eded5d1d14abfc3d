using DailyDigest.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Moving;

/// <summary>Registers what a head needs so that its store can be moved.</summary>
public static class MovingServices
{
    private const string Unguarded = "unguarded";

    /// <summary>Guards the table store that is registered last. For stores that cannot refuse writes themselves.</summary>
    public static IServiceCollection AddStoreGuard(this IServiceCollection services)
    {
        var store = services.Last(service => service.ServiceType == typeof(ITableStore) && !service.IsKeyedService);
        services.Remove(store);
        services.AddKeyedSingleton(Unguarded, (provider, _) => (ITableStore)store.ImplementationFactory!(provider));
        services.AddSingleton(provider => Presence(provider, provider.GetRequiredKeyedService<ITableStore>(Unguarded)));
        services.AddSingleton<ITableStore>(provider => new GuardedTableStore(
            provider.GetRequiredKeyedService<ITableStore>(Unguarded), provider.GetRequiredService<StorePresence>()));
        return services;
    }

    /// <summary>Adds the presence at a store that refuses writes itself when it is closed.</summary>
    public static IServiceCollection AddStorePresence(this IServiceCollection services) =>
        services.AddSingleton(provider => Presence(provider, provider.GetRequiredService<ITableStore>()));

    private static StorePresence Presence(IServiceProvider provider, ITableStore store) => new(
        store, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<StorePresence>>());
}
