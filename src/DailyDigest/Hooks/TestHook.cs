using System.Security.Cryptography;

namespace DailyDigest.Hooks;

/// <summary>Sends a test event to a web hook and waits for the answer. It is tried once, also if the hook is switched off.</summary>
public sealed class TestHook(HookCallStore calls, CallReceiver receiver, TimeProvider time)
{
    /// <summary>Returns the delivery with its outcome.</summary>
    public async Task<HookCall> ExecuteAsync(Hook hook, CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = time.GetUtcNow();
            var test = new HookEvent(
                HookTypes.Test, now, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
                new Dictionary<string, object?> { ["hook"] = hook.Id });
            if (await calls.InsertTakenAsync(hook.Id, test, now, now + CallReceiver.Lease, cancellationToken) is { } call)
            {
                return await receiver.ExecuteAsync(hook, call, retries: false, cancellationToken);
            }
        }
    }
}
