namespace DailyDigest.Subscribers;

/// <summary>Queues the confirmation mail of a waiting sign-up once more, on an operator's order.</summary>
public sealed class ResendConfirmation(SubscriberStore subscribers, NoticeStore notices, TimeProvider time)
{
    /// <summary>Returns true if a mail is queued; false if no sign-up of this subscriber waits.</summary>
    public async Task<bool> ExecuteAsync(string subscriberId, CancellationToken cancellationToken)
    {
        while (await subscribers.GetAsync(subscriberId, cancellationToken) is { Subscriber: { SignUp: not null } person } stored
            && person.Status is not (SubscriberStatus.Active or SubscriberStatus.Erased))
        {
            var now = time.GetUtcNow();
            if (await subscribers.UpdateAsync(stored, person with { Asked = now }, cancellationToken))
            {
                await notices.AddAsync(subscriberId, now, cancellationToken);
                return true;
            }
        }

        return false;
    }
}
