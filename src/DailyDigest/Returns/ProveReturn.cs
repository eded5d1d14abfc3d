using DailyDigest.Subscribers;

namespace DailyDigest.Returns;

/// <summary>Finds out which mail of ours a report is about, from what its sender cannot have made up.</summary>
public sealed class ProveReturn(EnvelopeTokens envelopes)
{
    /// <summary>The proven mail; null if nothing in the report proves one.</summary>
    internal Task<ProvenReturn?> ExecuteAsync(ReturnEvent reported, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var candidate in reported.Candidates.Where(one => one.Proof == ReturnProof.Token))
        {
            if (envelopes.TryRead(candidate.Value, out var date, out var subscriberId, out var copy))
            {
                return Task.FromResult<ProvenReturn?>(new ProvenReturn(ReturnProof.Token, date, subscriberId, copy));
            }
        }

        return Task.FromResult<ProvenReturn?>(null);
    }
}
