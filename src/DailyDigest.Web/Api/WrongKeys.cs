using DailyDigest.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Web;

/// <summary>
/// Counts and logs requests with a wrong key or signature, and slows down the networks that send them. The counts are of this process: a
/// delay costs a guesser time; what makes guessing hopeless is the length of the keys.
/// </summary>
internal sealed partial class WrongKeys(ClientNetwork network, TimeProvider time, ILogger<WrongKeys> logger)
{
    /// <summary>Wrong keys of one network after which each of its requests with a key waits.</summary>
    public const int MaxFailures = 10;

    /// <summary>How long such a request waits.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(2);

    /// <summary>A network without a wrong key for this long is not delayed any more.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);

    private const int MaxNetworks = 10_000;
    private readonly Dictionary<string, (int Failures, DateTimeOffset Until)> networks = new(StringComparer.Ordinal);
    private readonly Occasionally keyLines = new(time, TimeSpan.FromMinutes(1));
    private readonly Occasionally scopeLines = new(time, TimeSpan.FromMinutes(1));
    private readonly Occasionally signatureLines = new(time, TimeSpan.FromMinutes(1));
    private int unreported;
    private int unreportedSignatures;

    /// <summary>Waits if the network of the request sent too many wrong keys.</summary>
    public Task DelayAsync(HttpContext context)
    {
        bool delayed;
        lock (networks)
        {
            delayed = networks.TryGetValue(Id(context), out var past) && past.Failures >= MaxFailures && time.GetUtcNow() < past.Until;
        }

        return delayed ? Task.Delay(Delay, time, context.RequestAborted) : Task.CompletedTask;
    }

    /// <summary>Counts a request with a key that is none of ours.</summary>
    public void AddKey(HttpContext context, string route)
    {
        Telemetry.WrongKeys.Add(1, KeyValuePair.Create<string, object?>("reason", "key"));
        Remember(Id(context), time.GetUtcNow());
        Interlocked.Increment(ref unreported);
        if (keyLines.IsDue())
        {
            Log.WrongKey(logger, Interlocked.Exchange(ref unreported, 0), route);
        }
    }

    /// <summary>Counts a request with a key of ours that is not for this route.</summary>
    public void AddScope(string name, string route)
    {
        Telemetry.WrongKeys.Add(1, KeyValuePair.Create<string, object?>("reason", "scope"));
        if (scopeLines.IsDue())
        {
            Log.WrongScope(logger, name, route);
        }
    }

    /// <summary>Counts a provider's request without the right signature or secret.</summary>
    public void AddSignature(HttpContext context, string route)
    {
        Telemetry.WrongKeys.Add(1, KeyValuePair.Create<string, object?>("reason", "signature"));
        Remember(Id(context), time.GetUtcNow());
        Interlocked.Increment(ref unreportedSignatures);
        if (signatureLines.IsDue())
        {
            Log.WrongSignature(logger, Interlocked.Exchange(ref unreportedSignatures, 0), route);
        }
    }

    private void Remember(string id, DateTimeOffset now)
    {
        lock (networks)
        {
            var failures = networks.TryGetValue(id, out var past) && now < past.Until ? past.Failures : 0;
            if (networks.Count >= MaxNetworks && !networks.ContainsKey(id))
            {
                MakeRoom(now);
            }

            networks[id] = (failures + 1, now + Memory);
        }
    }

    private void MakeRoom(DateTimeOffset now)
    {
        foreach (var (old, _) in networks.Where(one => one.Value.Until <= now).ToList())
        {
            networks.Remove(old);
        }

        if (networks.Count >= MaxNetworks)
        {
            networks.Clear();
        }
    }

    private string Id(HttpContext context) => network.Hash(context) ?? "unknown";

    private static partial class Log
    {
        [LoggerMessage(861, LogLevel.Warning,
            "{Count} requests with a wrong API key since the last such line, the last one at {Route}; answered 401. "
            + "Logged at most once a minute")]
        public static partial void WrongKey(ILogger logger, int count, string route);

        [LoggerMessage(862, LogLevel.Warning,
            "Key {Name} was refused at {Route}; answered 403. Add the scope to its Api__Keys__N__Scope if it needs it. "
            + "Logged at most once a minute")]
        public static partial void WrongScope(ILogger logger, string name, string route);

        [LoggerMessage(865, LogLevel.Warning,
            "{Count} requests without a right signature or secret since the last such line, the last one at {Route}; answered 401. If the "
            + "provider sent them, compare its key with the setting Returns__Hooks__... Logged at most once a minute")]
        public static partial void WrongSignature(ILogger logger, int count, string route);
    }
}
