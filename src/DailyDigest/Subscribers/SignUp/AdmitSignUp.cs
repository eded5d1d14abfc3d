using DailyDigest.Mailing;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Subscribers;

/// <summary>What a sign-up brings to be let in.</summary>
public sealed record SignUpProof
{
    private SignUpProof()
    {
    }

    /// <summary>One of the publisher's keys: no question is asked, and no network's budget is touched.</summary>
    public static SignUpProof Key { get; } = new() { ByKey = true };

    internal bool ByKey { get; private init; }

    internal string? Check { get; private init; }

    internal string? Answer { get; private init; }

    internal string? Network { get; private init; }

    /// <summary>An answer to one of our questions.</summary>
    /// <param name="check">The question's token, as it came.</param>
    /// <param name="answer">What was typed.</param>
    /// <param name="network">Whose budget is used, a network's keyed hash; null for a client of whom nothing is known, who has only that of all.</param>
    public static SignUpProof Solved(string? check, string? answer, string? network) => new() { Check = check, Answer = answer, Network = network };
}

/// <summary>What may be said at the door. Whether the address was known is not among it.</summary>
public enum AdmitOutcome
{
    /// <summary>If the address may be written to, a mail is on its way.</summary>
    Accepted,

    /// <summary>That is not an address.</summary>
    NotAnAddress,

    /// <summary>Another number than the sum, or none.</summary>
    WrongAnswer,

    /// <summary>No question of ours, or one that is too old, was used, or was answered faster than one can read: not said which.</summary>
    NoCheck,

    /// <summary>Too many from there, or in all: try again later.</summary>
    TooMany,
}

/// <summary>The outcome.</summary>
/// <param name="Outcome">What it is.</param>
/// <param name="RetryAfter">For <see cref="AdmitOutcome.TooMany"/>: when there is room again, whole seconds.</param>
public sealed record Admission(AdmitOutcome Outcome, TimeSpan RetryAfter = default);

/// <summary>
/// The one door through which strangers sign up, whichever form they fill in: the question is judged, the budgets are asked, the question is used up,
/// and <see cref="SignUp"/> does the rest. What costs storage comes after what does not; a replayed answer takes nothing from the budget of all. The same
/// address with the same answer, a button pressed twice, is taken again: it changes nothing more, and what a stop had cut short is finished.
/// </summary>
public sealed partial class AdmitSignUp(
    HumanCheck check, SignUpBudget budget, SignUp signUp, SignUpOptions options, TimeProvider time, ILogger<AdmitSignUp> logger)
{
    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromHours(1);
    private long nextWarning;

    /// <summary>Lets the sign-up in, or says why not.</summary>
    /// <exception cref="Storage.StorageException">The store failed: nobody was signed up, or somebody was and asks again.</exception>
    public async Task<Admission> ExecuteAsync(SignUpRequest request, SignUpProof proof, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(request.Address, out var address))
        {
            return new Admission(AdmitOutcome.NotAnAddress);
        }

        var (refused, again) = proof.ByKey ? default : await JudgeAsync(proof, address, cancellationToken);
        if (refused is not null)
        {
            return refused;
        }

        if (!again && await budget.TakeAsync(SignUpBudget.Everybody, options.PerHour, cancellationToken) is { } wait)
        {
            Warn();
            return new Admission(AdmitOutcome.TooMany, wait);
        }

        await signUp.ExecuteAsync(request, cancellationToken);
        return new Admission(AdmitOutcome.Accepted);
    }

    private async Task<(Admission? Refused, bool Again)> JudgeAsync(SignUpProof proof, EmailAddress address, CancellationToken cancellationToken)
    {
        switch (check.Judge(proof.Check, proof.Answer))
        {
            case HumanAnswer.Wrong:
                return (new Admission(AdmitOutcome.WrongAnswer), false);
            case HumanAnswer.Expired or HumanAnswer.Forged:
                return (new Admission(AdmitOutcome.NoCheck), false);
            case HumanAnswer.Right when proof.Network is { } network && await budget.TakeAsync(network, options.PerNetworkPerHour, cancellationToken) is { } wait:
                return (new Admission(AdmitOutcome.TooMany, wait), false);
            default:
                var use = await check.UseAsync(proof.Check!, address.Normalized, cancellationToken);
                return (use == CheckUse.Spent ? new Admission(AdmitOutcome.NoCheck) : null, use == CheckUse.Again);
        }
    }

    // A flood must not flood the log too.
    private void Warn()
    {
        var (now, next) = (time.GetUtcNow().Ticks, Interlocked.Read(ref nextWarning));
        if (now >= next && Interlocked.CompareExchange(ref nextWarning, now + BetweenWarnings.Ticks, next) == next)
        {
            Log.Closed(logger, options.PerHour);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(621, LogLevel.Warning,
            "The door is closed for a while: {Limit} sign-ups in an hour, of everybody together (SignUp__PerHour). A flood, or a day to raise it; said at most once an hour")]
        public static partial void Closed(ILogger logger, int limit);
    }
}
