namespace DailyDigest.Subscribers;

/// <summary>Ends a pause before its date.</summary>
public sealed class EndPause(SubscriberStore subscribers, ChangeSubscriber change, FindPause pause)
{
    /// <summary>
    /// Ends the pause. The next digest is today's, or tomorrow's if today's run has begun, because a worker may already have read past the
    /// subscriber. Returns true if the person is subscribed afterwards.
    /// </summary>
    public async Task<bool> ExecuteAsync(string subscriberId, CancellationToken cancellationToken)
    {
        if ((await subscribers.GetAsync(subscriberId, cancellationToken))?.Subscriber is not { Status: SubscriberStatus.Active } person)
        {
            return false;
        }

        var next = await pause.FirstDateWithoutPauseAsync(person, cancellationToken);
        var after = await change.ExecuteAsync(
            subscriberId,
            known => known is { Status: SubscriberStatus.Active, PausedUntil: { } until } && until > next
                ? known with { PausedUntil = next }
                : null,
            cancellationToken);
        return after?.Status == SubscriberStatus.Active;
    }
}
