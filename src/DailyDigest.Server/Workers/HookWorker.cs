using DailyDigest.Hooks;

namespace DailyDigest.Server.Workers;

/// <summary>Calls the receivers of web hooks, and looks every two seconds for what is due.</summary>
internal sealed class HookWorker(DeliverHooks deliverHooks, TimeProvider time, ILogger<HookWorker> logger)
    : Loop(TimeSpan.FromSeconds(2), time, logger)
{
    protected override async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        await deliverHooks.ExecuteAsync(cancellationToken);
        return false;
    }
}
