using DailyDigest.Mailing;
using DailyDigest.Settings;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Subscribers;

/// <summary>The proof that a sign-up request may be accepted.</summary>
public sealed record SignUpProof
{
    private SignUpProof()
    {
    }

    /// <summary>An API key of the publisher: no question, no limit per network.</summary>
    public static SignUpProof Key { get; } = new() { ByKey = true };

    internal bool ByKey { get; private init; }

    internal string? Check { get; private init; }

    internal string? Answer { get; private init; }

    internal string? Work { get; private init; }

    internal IReadOnlyList<NetworkBudget> Networks { get; private init; } = [];

    /// <summary>An answer to a question of <see cref="HumanCheck"/>.</summary>
    /// <param name="check">The question's token, not validated.</param>
    /// <param name="answer">The answer, not validated.</param>
    /// <param name="networks">The budgets of the client's network and of those around it, the smallest first.</param>
    /// <param name="work">The browser's proof of work in place of the answer, not validated; null for none.</param>
    public static SignUpProof Solved(string? check, string? answer, IReadOnlyList<NetworkBudget> networks, string? work = null) =>
        new() { Check = check, Answer = answer, Networks = networks, Work = work };
}

/// <summary>The answer to a sign-up request. It does not reveal whether the address is known.</summary>
public enum AdmitOutcome
{
    /// <summary>A mail is sent to the address unless it is blocked.</summary>
    Accepted,

    /// <summary>The text is not an address.</summary>
    NotAnAddress,

    /// <summary>The address is the publication's own.</summary>
    OwnAddress,

    /// <summary>The answer is wrong or missing.</summary>
    WrongAnswer,

    /// <summary>The token is forged or too old. The answer does not reveal which.</summary>
    NoCheck,

    /// <summary>The question was used for another address.</summary>
    Used,

    /// <summary>The answer is right, but faster than a person can read. The same answer is accepted a little later.</summary>
    TooFast,

    /// <summary>The limit of all sign-ups runs short, and the question was an ordinary one. Ask a harder one.</summary>
    Harder,

    /// <summary>The limit of the network or of all sign-ups is reached.</summary>
    TooMany,
}

/// <summary>The result of <see cref="AdmitSignUp"/>.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="RetryAfter">For <see cref="AdmitOutcome.TooMany"/>: the time after which a retry can succeed, whole seconds.</param>
public sealed record Admission(AdmitOutcome Outcome, TimeSpan RetryAfter = default);

/// <summary>
/// Every sign-up by a reader passes here, from every form: check the answer, take from the budgets, mark the question as used, then call
/// <see cref="SignUp"/>. Checks without storage calls come first. A replayed answer takes nothing from the common budget. The same address
/// with the same answer (a button pressed twice) is accepted again: it changes nothing, and completes an interrupted sign-up.
/// </summary>
public sealed partial class AdmitSignUp(
    HumanCheck check, SignUpRush rush, SignUpBudget budget, SignUp signUp, SignUpOptions options, TimeProvider time,
    IEnumerable<OwnAddress> own, ILogger<AdmitSignUp> logger)
{
    // Limit the log lines during a flood of requests.
    private readonly Occasionally warnings = new(time, TimeSpan.FromHours(1));

    /// <summary>Accepts the sign-up or returns why not.</summary>
    /// <exception cref="Storage.StorageException">The store failed. The sign-up may be stored or not; a repetition is safe.</exception>
    public async Task<Admission> ExecuteAsync(SignUpRequest request, SignUpProof proof, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(request.Address, out var address))
        {
            return new Admission(AdmitOutcome.NotAnAddress);
        }

        if (own.Any(one => one.Is(address)))
        {
            return new Admission(AdmitOutcome.OwnAddress);
        }

        var (refused, again) = proof.ByKey ? default : await JudgeAsync(proof, address, cancellationToken);
        if (refused is not null)
        {
            return refused;
        }

        if (!again && await budget.TakeAsync(SignUpBudget.AllSignUps, options.PerHour, cancellationToken) is { } wait)
        {
            if (warnings.IsDue())
            {
                Log.LimitReached(logger, options.PerHour);
            }

            return new Admission(AdmitOutcome.TooMany, wait);
        }

        await signUp.ExecuteAsync(request, cancellationToken);
        return new Admission(AdmitOutcome.Accepted);
    }

    private async Task<(Admission? Refused, bool Again)> JudgeAsync(
        SignUpProof proof, EmailAddress address, CancellationToken cancellationToken)
    {
        switch (check.Judge(proof.Check, proof.Answer, proof.Work))
        {
            case HumanAnswer.Wrong:
                return (new Admission(AdmitOutcome.WrongAnswer), false);
            case HumanAnswer.Expired or HumanAnswer.Forged:
                return (new Admission(AdmitOutcome.NoCheck), false);
            case HumanAnswer.TooFast:
                return (new Admission(AdmitOutcome.TooFast), false);
        }

        var isRush = await rush.IsOnAsync(cancellationToken);
        if (isRush && !HumanCheck.IsHard(proof.Check!))
        {
            return (new Admission(AdmitOutcome.Harder), false);
        }

        // The smallest first: a network that is refused takes nothing from those around it.
        foreach (var network in proof.Networks)
        {
            var limit = network.Limit(options.PerNetworkPerHour, isRush);
            if (await budget.TakeAsync(network.Key, limit, cancellationToken) is { } wait)
            {
                return (new Admission(AdmitOutcome.TooMany, wait), false);
            }
        }

        var use = await check.UseAsync(proof.Check!, address.Normalized, cancellationToken);
        return (use == CheckUse.Spent ? new Admission(AdmitOutcome.Used) : null, use == CheckUse.Again);
    }

    private static partial class Log
    {
        [LoggerMessage(621, LogLevel.Warning,
            "Sign-ups are refused: the limit of {Limit} sign-ups per hour (SignUp__PerHour) is reached. Raise it if this is no attack. "
            + "Logged at most once an hour")]
        public static partial void LimitReached(ILogger logger, int limit);
    }
}
