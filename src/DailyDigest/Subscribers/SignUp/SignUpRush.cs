using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Subscribers;

/// <summary>
/// Tells when the hourly limit of all sign-ups runs short. Then a sign-up needs a harder check, and one network gets a tenth of its budget,
/// so that a flood from many networks leaves the rest to those that had none yet.
/// </summary>
public sealed partial class SignUpRush(SignUpBudget budget, SignUpOptions options, TimeProvider time, ILogger<SignUpRush> logger)
{
    /// <summary>The part of the limit from which on it is short.</summary>
    private const double Share = 0.8;

    // Pages ask at every request; the answer may be this old.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);
    private readonly Occasionally warnings = new(time, TimeSpan.FromHours(1));
    private volatile Reading? last;

    private sealed record Reading(bool IsOn, DateTimeOffset At);

    /// <summary>
    /// True if at least 80 % of <c>SignUp__PerHour</c> are used and something is left. False also if the store does not answer: the sign-up
    /// itself will say so.
    /// </summary>
    public async Task<bool> IsOnAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (options.PerHour == 0 || (last is { } recent && now - recent.At < MaxAge && now >= recent.At))
        {
            return options.PerHour > 0 && last!.IsOn;
        }

        try
        {
            var used = await budget.UsedAsync(SignUpBudget.AllSignUps, options.PerHour, cancellationToken);
            last = new Reading(used >= Share * options.PerHour && used + 1 <= options.PerHour, now);
        }
        catch (StorageException)
        {
            return false;
        }

        if (last.IsOn && warnings.IsDue())
        {
            Log.Rush(logger, options.PerHour);
        }

        return last.IsOn;
    }

    private static partial class Log
    {
        [LoggerMessage(864, LogLevel.Warning,
            "80 % of {Limit} sign-ups per hour (SignUp__PerHour) are used: sign-ups need a harder check, and each network gets a tenth of "
            + "its limit. Raise SignUp__PerHour if this is no attack. Logged at most once an hour")]
        public static partial void Rush(ILogger logger, int limit);
    }
}
