using System.Security.Cryptography;
using System.Text;
using DailyDigest.Runs;

namespace DailyDigest.Returns;

/// <summary>The result of one report.</summary>
public enum AcceptOutcomeResult
{
    /// <summary>It is stored in the ledger, and its effects are complete.</summary>
    Recorded,

    /// <summary>It was known; its effects are complete.</summary>
    AlreadyRecorded,

    /// <summary>It names no delivery of ours, or one that is older than the ledger.</summary>
    UnknownDelivery,

    /// <summary>Its delivery is still being sent: report it again in a few minutes. A complaint has taken effect already.</summary>
    NotSettled,

    /// <summary>It cannot be read.</summary>
    Bad,
}

/// <summary>
/// Accepts a report that a relay sends later, and settles it by <see cref="SettleReturn"/>: the same report twice, in any order with
/// others, or at once on two machines has one effect.
/// </summary>
public sealed class AcceptOutcome(SettleReturn settle)
{
    /// <summary>
    /// Accepts the report. For a bad report the faults are lines that begin with a field's name; otherwise there are none.
    /// </summary>
    public async Task<(AcceptOutcomeResult Result, IReadOnlyList<string> Faults)> ExecuteAsync(
        OutcomeInput input, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        if (input.Parse(faults) is not { } report)
        {
            return (AcceptOutcomeResult.Bad, faults);
        }

        var reported = new ReturnEvent("api", IdOf(input), KindOf(report.Outcome))
        {
            Candidates = [new ReturnCandidate(ReturnProof.Token, input.Envelope!, null)],
            At = report.At,
            Verdict = new Verdict(report.Reason),
            Reply = report.Reply,
        };
        return ((await settle.SettleAsync(reported, cancellationToken)).Outcome, faults);
    }

    private static ReturnKind KindOf(Reports outcome) => outcome switch
    {
        Reports.Complained => ReturnKind.Complained,
        Reports.Delivered => ReturnKind.Delivered,
        Reports.Delayed => ReturnKind.Delayed,
        _ => ReturnKind.Bounced,
    };

    // A report has no id of its own: what it says identifies it.
    private static string IdOf(OutcomeInput input) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', input.Envelope, input.Outcome, input.Status, input.Reply, input.At))));
}
