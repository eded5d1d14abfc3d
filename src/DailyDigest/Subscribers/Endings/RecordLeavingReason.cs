namespace DailyDigest.Subscribers;

/// <summary>Stores why a person left: one of the fixed answers, in the subscriber row, deleted with it.</summary>
public sealed class RecordLeavingReason(SubscriberStore subscribers)
{
    /// <summary>
    /// Returns true if the answer is one of <see cref="LeavingReasons.All"/> and the person has left. A later answer replaces an earlier
    /// one.
    /// </summary>
    public async Task<bool> ExecuteAsync(string subscriberId, string? reason, CancellationToken cancellationToken)
    {
        if (!LeavingReasons.All.Contains(reason))
        {
            return false;
        }

        while (await subscribers.GetAsync(subscriberId, cancellationToken)

            is { Subscriber: { Status: SubscriberStatus.Unsubscribed } person } stored)
        {
            // The audience does not use this field: no new version, no projection.
            if (person.LeftFor == reason || await subscribers.UpdateAsync(stored, person with { LeftFor = reason }, cancellationToken))
            {
                return true;
            }
        }

        return false;
    }
}
