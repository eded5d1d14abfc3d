using DailyDigest.Schedule;

namespace DailyDigest.Subscribers;

/// <summary>What a subscriber may choose, as it came. Null keeps what was chosen.</summary>
/// <param name="Zone">IANA zone.</param>
/// <param name="Hour">Local hour, 0 to 23.</param>
/// <param name="Rhythm">daily, weekdays, weekly-monday and so on.</param>
/// <param name="Language">BCP 47 tag; the publication's nearest is taken.</param>
public sealed record Preferences(string? Zone, int? Hour, string? Rhythm, string? Language);

/// <summary>What became of the choice.</summary>
public enum PreferencesOutcome
{
    /// <summary>Kept. Today's digest still comes as chosen before; from the next date on it comes as chosen now.</summary>
    Kept,

    /// <summary>There is no such zone, hour or rhythm.</summary>
    NotUnderstood,

    /// <summary>Not subscribed (any more).</summary>
    NotSubscribed,
}

/// <summary>Changes when and in which language the digest comes.</summary>
public sealed class ChangePreferences(ChangeSubscriber change, Publication publication)
{
    /// <summary>Keeps the choice.</summary>
    public async Task<PreferencesOutcome> ExecuteAsync(string subscriberId, Preferences wanted, CancellationToken cancellationToken)
    {
        var rhythm = Rhythm.Daily;
        if (wanted.Zone is not null && !Zones.Exists(wanted.Zone) || wanted.Hour is < 0 or > 23
            || wanted.Rhythm is not null && !Rhythm.TryParse(wanted.Rhythm, out rhythm))
        {
            return PreferencesOutcome.NotUnderstood;
        }

        var after = await change.ExecuteAsync(subscriberId, person => person?.Status != SubscriberStatus.Active ? null : person with
        {
            Zone = wanted.Zone ?? person.Zone,
            Hour = wanted.Hour ?? person.Hour,
            Rhythm = wanted.Rhythm is null ? person.Rhythm : rhythm,
            Language = wanted.Language is null ? person.Language : publication.Language(wanted.Language),
        }, cancellationToken);
        return after?.Status == SubscriberStatus.Active ? PreferencesOutcome.Kept : PreferencesOutcome.NotSubscribed;
    }
}
