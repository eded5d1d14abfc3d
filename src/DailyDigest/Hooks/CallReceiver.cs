using System.Globalization;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Hooks;

/// <summary>
/// Makes one attempt of a delivery and stores what became of it: delivered, to be tried again later, or given up. Counts the failures of
/// the hook, and switches it off if its receiver is gone or has failed for three days.
/// </summary>
public sealed partial class CallReceiver(
    HookStore hooks, HookCallStore calls, HookSecrets secrets, IHookSender sender, TimeProvider time, ILogger<CallReceiver> logger)
{
    /// <summary>After an attempt began, another worker repeats it if it is not settled within this time.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    /// <summary>A hook that has failed for so long is switched off.</summary>
    public static readonly TimeSpan MaxFailing = TimeSpan.FromDays(3);

    /// <summary>
    /// The waits after the attempts, a little more than three days together. After the last attempt a delivery is given up.
    /// </summary>
    public static readonly IReadOnlyList<TimeSpan> Waits =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(21),
    ];

    /// <summary>Makes the attempt of a delivery that was taken, and returns it as stored.</summary>
    /// <param name="hook">The hook.</param>
    /// <param name="call">The delivery.</param>
    /// <param name="retries">False to give up after this attempt, as a test does.</param>
    /// <param name="cancellationToken">Stops it; the delivery is tried again after its lease.</param>
    public async Task<HookCall> ExecuteAsync(Hook hook, HookCall call, bool retries, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var timestamp = now.ToUnixTimeSeconds();
        var answer = secrets.Sign(hook, call.Id, timestamp, call.Body) is { } signature
            ? await sender.SendAsync(new HookRequest(hook.Url, call.Id, timestamp, signature, call.Body), cancellationToken)
            : new HookAnswer(null, "its secret cannot be decrypted, because Identity__Key has changed; add the hook anew");
        var after = After(call, answer, retries && !answer.IsGone, now);
        await calls.MoveAsync(hook.Id, call, after, cancellationToken);
        if (retries)
        {
            await CountAsync(hook, answer, now, cancellationToken);
        }

        if (after.State == HookCallState.Failed && retries && !answer.IsGone)
        {
            Log.GivenUp(logger, hook.Id, call.Id, call.Type, call.Attempts, answer.Fault);
        }

        return after;
    }

    private static HookCall After(HookCall call, HookAnswer answer, bool retries, DateTimeOffset now)
    {
        var tried = call with { Status = answer.Status, Fault = answer.Fault };
        return answer.Fault is null ? tried with { State = HookCallState.Delivered, Next = null }
            : retries && call.Attempts <= Waits.Count ? tried with { Next = now + Spread(Waits[call.Attempts - 1], call.Id) }
            : tried with { State = HookCallState.Failed, Next = null };
    }

    /// <summary>Up to a tenth more, different for each event: a receiver that comes back does not get everything at once.</summary>
    private static TimeSpan Spread(TimeSpan wait, string id) =>
        wait * (1 + (byte.Parse(id.AsSpan(4, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) / 2560.0));

    private async Task CountAsync(Hook hook, HookAnswer answer, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (answer.Fault is null && hook.Failures == 0)
        {
            return;
        }

        Hook? before = null;
        var after = await hooks.ChangeAsync(
            hook.Id, known => (before = known).State == HookState.On ? After(known, answer, now) : null, cancellationToken);
        if (before?.State == HookState.On && after is { State: HookState.Gone or HookState.Failing })
        {
            Log.SwitchedOff(logger, hook.Id, after.LastError);
        }
        else if (before is { State: HookState.On, Failures: 0 } && after is { Failures: > 0 })
        {
            Log.Fails(logger, hook.Id, answer.Fault);
        }
    }

    private static Hook? After(Hook hook, HookAnswer answer, DateTimeOffset now)
    {
        if (answer.Fault is null)
        {
            return hook.Failures == 0 ? null : hook with { Failures = 0, FailingSince = null, LastError = null };
        }

        var failed = hook with { Failures = hook.Failures + 1, FailingSince = hook.FailingSince ?? now, LastError = answer.Fault };
        return answer.IsGone ? failed with { State = HookState.Gone, Ended = now }
            : now - failed.FailingSince >= MaxFailing ? failed with { State = HookState.Failing, Ended = now }
            : failed;
    }

    private static partial class Log
    {
        [LoggerMessage(261, LogLevel.Warning, "Web hook {Hook} failed and is retried: {Fault}")]
        public static partial void Fails(ILogger logger, string hook, string? fault);

        [LoggerMessage(262, LogLevel.Error,
            "Web hook {Hook} is switched off and gets no more events: {Fault}. When its receiver works, run hooks enable")]
        public static partial void SwitchedOff(ILogger logger, string hook, string? fault);

        [LoggerMessage(263, LogLevel.Error,
            "Web hook {Hook}: event {Event} ({Type}) was given up after {Attempts} attempts: {Fault}. hooks redeliver sends it again")]
        public static partial void GivenUp(ILogger logger, string hook, string @event, string type, int attempts, string? fault);
    }
}
