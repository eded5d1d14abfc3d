using DailyDigest.Sending;

namespace DailyDigest.Server.Workers;

/// <summary>Takes hints from the queue and delivers their parts, a few at a time.</summary>
internal sealed class DeliveryWorker(DeliverHints deliverHints, TimeProvider time, ILogger<DeliveryWorker> logger)
    : Loop(TimeSpan.FromMilliseconds(500), time, logger)
{
    protected override async Task<bool> StepAsync(CancellationToken cancellationToken) =>
        await deliverHints.ExecuteAsync(cancellationToken) > 0;
}
