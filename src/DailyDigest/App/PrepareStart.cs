using DailyDigest.Moving;
using DailyDigest.Repair;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DailyDigest.App;

/// <summary>
/// The steps of every head before it begins: settings, storage, that the store's addresses were hashed under this key, and what an older
/// copy of the store does not know.
/// </summary>
public sealed class PrepareStart(IServiceProvider services)
{
    /// <summary>Returns when the program may begin. Creates the tables and the queue that are missing.</summary>
    /// <exception cref="OptionsValidationException">A setting is at fault; one line per fault.</exception>
    /// <exception cref="StorageException">The store is damaged, newer than this program, or not to be reached.</exception>
    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        // First of all, so that faulty settings are not reported as a storage that cannot be reached.
        services.CheckSettings();
        await services.GetRequiredService<ITableStore>().PrepareAsync(cancellationToken);
        await services.GetRequiredService<IQueueStore>().PrepareAsync(cancellationToken);

        // Before anything is written: readers must not be mailed from a store that was moved.
        await services.GetRequiredService<MoveCheck>().ExecuteAsync(cancellationToken);
        if (await services.GetRequiredService<IdentityCheck>().ExecuteAsync(cancellationToken) is { } fault)
        {
            throw new OptionsValidationException(IdentityOptions.Section, typeof(IdentityOptions), [fault]);
        }

        await services.GetRequiredService<LinkKeysCheck>().ExecuteAsync(cancellationToken);

        await services.GetRequiredService<ListEarlierSuppressions>().ExecuteAsync(cancellationToken);

        // Last: its hashes need the key. Nothing is sent before it ends.
        await services.GetRequiredService<TakeUpCopy>().ExecuteAsync(cancellationToken);
    }
}
