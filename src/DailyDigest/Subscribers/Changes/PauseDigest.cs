using System.Globalization;
using DailyDigest.Calendar;

namespace DailyDigest.Subscribers;

/// <summary>What became of the wish to pause.</summary>
public enum PauseOutcome
{
    /// <summary>No digest before that date, not even one of a run that is under way, except what was already being sent.</summary>
    Paused,

    /// <summary>Not a date as <c>yyyy-MM-dd</c>.</summary>
    NotADate,

    /// <summary>Today or before, in the subscriber's zone.</summary>
    TooEarly,

    /// <summary>More than a year away.</summary>
    TooLate,

    /// <summary>Not subscribed (any more).</summary>
    NotSubscribed,
}

/// <summary>
/// Stops the digest until a date and no longer: the audience's rows begin on that date, so that the pause ends by itself, with no one's help. The
/// subscriber stays active. Pausing anew moves the date.
/// </summary>
public sealed class PauseDigest(SubscriberStore subscribers, ChangeSubscriber change, TimeProvider time)
{
    /// <summary>Pauses; the first digest is the one of the date <paramref name="until"/>, in the subscriber's zone.</summary>
    public async Task<PauseOutcome> ExecuteAsync(string subscriberId, string? until, CancellationToken cancellationToken)
    {
        if ((await subscribers.GetAsync(subscriberId, cancellationToken))?.Subscriber is not { Status: SubscriberStatus.Active } person)
        {
            return PauseOutcome.NotSubscribed;
        }

        if (!DateOnly.TryParseExact(until?.Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
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

        var after = await change.ExecuteAsync(
            subscriberId, known => known?.Status == SubscriberStatus.Active ? known with { PausedUntil = date } : null, cancellationToken);
        return after?.Status == SubscriberStatus.Active ? PauseOutcome.Paused : PauseOutcome.NotSubscribed;
    }
}

/// <summary>Ends a pause before its date.</summary>
public sealed class EndPause(SubscriberStore subscribers, ChangeSubscriber change, FindPause pause)
{
    /// <summary>
    /// Ends the pause: the next digest is today's, or tomorrow's if today's run has begun, because its audience may have been read past the
    /// subscriber. Returns true if the person is subscribed and not paused any longer than that.
    /// </summary>
    public async Task<bool> ExecuteAsync(string subscriberId, CancellationToken cancellationToken)
    {
        if ((await subscribers.GetAsync(subscriberId, cancellationToken))?.Subscriber is not { Status: SubscriberStatus.Active } person)
        {
            return false;
        }

        var next = await pause.WithoutAsync(person, cancellationToken);
        var after = await change.ExecuteAsync(
            subscriberId,
            known => known is { Status: SubscriberStatus.Active, PausedUntil: { } until } && until > next ? known with { PausedUntil = next } : null,
            cancellationToken);
        return after?.Status == SubscriberStatus.Active;
    }
}
