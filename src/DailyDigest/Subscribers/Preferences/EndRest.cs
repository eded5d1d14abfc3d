namespace DailyDigest.Subscribers;

/// <summary>Ends a rest before its date: the reader or an operator says that the mailbox takes mail again.</summary>
public sealed class EndRest(SubscriberStore subscribers, ChangeSubscriber change, FindPause pause)
{
    /// <summary>
    /// Ends the rest and forgets the refusals that led to it. The next digest is today's, or tomorrow's if today's run has begun. A pause
    /// stays. Returns true if the person is subscribed and does not rest afterwards. Repeatable.
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
            known => known is { Status: SubscriberStatus.Active, Rest: { IsEnded: false } rest }
                ? known with { Rest = rest.EndOn(next), RefusedOn = [] }
                : null,
            cancellationToken);
        return after is { Status: SubscriberStatus.Active, Rest: null or { IsEnded: true } };
    }
}
