namespace DailyDigest.Subscribers;

/// <summary>Everything that an operator sees of one reader.</summary>
/// <param name="Person">The subscriber.</param>
/// <param name="Data">The stored data, as the person gets it too.</param>
/// <param name="Days">The state on each of the last days, oldest first.</param>
/// <param name="PausedUntil">The date on which a pause ends that can be ended before; null for none.</param>
/// <param name="Rest">A rest after refused digests that is on; null for none.</param>
/// <param name="IsRestorable">True if an operator can restore the subscription.</param>
public sealed record ReaderFile(
    Subscriber Person, PersonalData Data, IReadOnlyList<ReaderDay> Days, DateOnly? PausedUntil, Rest? Rest,
    bool IsRestorable);

/// <summary>Shows one reader. Changes nothing.</summary>
public sealed class ShowReader(CollectPersonalData collect, FindPause pause, TimeProvider time)
{
    /// <summary>Returns the reader; null if there is none with this id.</summary>
    public async Task<ReaderFile?> ExecuteAsync(string subscriberId, CancellationToken cancellationToken) =>
        SubscriberStore.IsId(subscriberId) && await collect.CollectAsync(subscriberId, cancellationToken) is { } all
            ? new ReaderFile(
                all.Person, all.Data, all.Days, await pause.ExecuteAsync(all.Person, cancellationToken),
                all.Person.RestAt(time.GetUtcNow()),
                all.Person is { Status: SubscriberStatus.Bounced, Placements.Count: > 0 })
            : null;
}
