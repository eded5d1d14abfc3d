namespace DailyDigest.Subscribers;

/// <summary>What people may answer when asked, once, why they leave.</summary>
public static class LeavingReasons
{
    /// <summary>The answers there are; anything else is no answer.</summary>
    public static IReadOnlyList<string> All { get; } = ["too-many", "not-for-me", "never-asked", "wrong-hour", "other"];
}

/// <summary>Keeps why somebody left: a word with the subscriber, no text of theirs, gone when they are erased.</summary>
public sealed class SayWhyLeft(SubscriberStore subscribers)
{
    /// <summary>Returns true if the answer is one of <see cref="LeavingReasons.All"/> and the person has left. Answering anew replaces the answer.</summary>
    public async Task<bool> ExecuteAsync(string subscriberId, string? reason, CancellationToken cancellationToken)
    {
        if (!LeavingReasons.All.Contains(reason))
        {
            return false;
        }

        while (await subscribers.GetAsync(subscriberId, cancellationToken) is { Subscriber: { Status: SubscriberStatus.Unsubscribed } person } stored)
        {
            // Nothing that the audience needs: no new version, nothing to project.
            if (person.LeftFor == reason || await subscribers.UpdateAsync(person with { LeftFor = reason }, stored.ETag, cancellationToken))
            {
                return true;
            }
        }

        return false;
    }
}
