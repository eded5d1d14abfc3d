using DailyDigest.Calendar;

namespace DailyDigest.Subscribers;

/// <summary>The outcome of <see cref="PauseDigest"/>.</summary>
public enum PauseOutcome
{
    /// <summary>No digest is sent before that date, except one that was already being sent.</summary>
    Paused,

    /// <summary>The text is not a date in the form <c>yyyy-MM-dd</c>.</summary>
    NotADate,

    /// <summary>The date is today or earlier in the subscriber's zone.</summary>
    TooEarly,

    /// <summary>The date is more than a year ahead.</summary>
    TooLate,

    /// <summary>The person is not subscribed, or not any more.</summary>
    NotSubscribed,

    /// <summary>The subscriber has another version than the request is about. Nothing was changed.</summary>
    Changed,
}

/// <summary>
/// Pauses the digest until a date. The audience rows start on that date, so the pause ends by itself. The subscriber stays active.
/// A second pause replaces the date.
/// </summary>
public sealed class PauseDigest(SubscriberStore subscribers, ChangeSubscriber change, TimeProvider time)
{
    /// <summary>
    /// Pauses; the first digest afterwards is the one of the date <paramref name="until"/> in the subscriber's zone. With a
    /// <paramref name="version"/> only if the subscriber still has it.
    /// </summary>
    public async Task<PauseOutcome> ExecuteAsync(
        string subscriberId, string? until, CancellationToken cancellationToken, long? version = null)
    {
        if ((await subscribers.GetAsync(subscriberId, cancellationToken))?.Subscriber is not { Status: SubscriberStatus.Active } person)
        {
            return PauseOutcome.NotSubscribed;
        }

        if (!LocalDates.TryParse(until?.Trim(), out var date))
        {
            return PauseOutcome.NotADate;
        }

        var today = Zones.LocalDate(person.Zone, time.GetUtcNow());
        if (date <= today)
        {
            return PauseOutcome.TooEarly;
        }

        if (date > today.AddYears(1))
        {
            return PauseOutcome.TooLate;
        }

        var isOther = false;
        var after = await change.ExecuteAsync(
            subscriberId,
            known =>
            {
                isOther = version is { } seen && known?.Version != seen;
                return !isOther && known?.Status == SubscriberStatus.Active ? known with { PausedUntil = date } : null;
            },
            cancellationToken);
        return isOther ? PauseOutcome.Changed : after?.Status == SubscriberStatus.Active ? PauseOutcome.Paused : PauseOutcome.NotSubscribed;
    }
}
