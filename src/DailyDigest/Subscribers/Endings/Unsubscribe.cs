namespace DailyDigest.Subscribers;

/// <summary>Ends a subscription. After it returns, no digest is sent to the person, except one that was already being sent.</summary>
public sealed class Unsubscribe(ChangeSubscriber change, TimeProvider time)
{
    /// <summary>Unsubscribes the person. Repeatable; does nothing if there is no such subscriber.</summary>
    public Task ExecuteAsync(string subscriberId, CancellationToken cancellationToken) =>
        change.ExecuteAsync(subscriberId, Left, cancellationToken);

    private Subscriber? Left(Subscriber? person) => person switch
    {
        null => null,
        { Status: SubscriberStatus.Active or SubscriberStatus.Pending } => person with
        {
            Status = SubscriberStatus.Unsubscribed,
            Ended = time.GetUtcNow(),
            SignUp = null,
            Asked = null,
        },
        { SignUp: not null } => person with { SignUp = null, Asked = null },
        _ => null,
    };
}
