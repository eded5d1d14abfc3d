using DailyDigest.Hooks;

namespace DailyDigest.Demo;

/// <summary>The receiver of the sample web hook in the history: on one date it was out of order.</summary>
/// <param name="time">The clock of the history.</param>
/// <param name="outage">The date.</param>
internal sealed class PastReceiver(TimeProvider time, DateOnly outage) : IHookSender
{
    /// <inheritdoc/>
    public Task<HookAnswer> SendAsync(HookRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return Task.FromResult(DateOnly.FromDateTime(now) == outage && now.Hour < 12
            ? new HookAnswer(503, "503 Service Unavailable") : new HookAnswer(204, null));
    }
}
