using DailyDigest.Calendar;
using DailyDigest.Settings;

namespace DailyDigest.Subscribers;

/// <summary>What a subscriber may choose, as it came. Null keeps what was chosen.</summary>
/// <param name="Zone">IANA zone.</param>
/// <param name="Hour">Local hour, 0 to 23.</param>
/// <param name="Rhythm">daily, weekdays, weekly-monday and so on.</param>
/// <param name="Language">BCP 47 tag; the publication's nearest is taken.</param>
/// <param name="Sections">Some of the publication's sections, or of those chosen before; none and all of them mean everything.</param>
public sealed record Preferences(string? Zone, int? Hour, string? Rhythm, string? Language, IReadOnlyList<string>? Sections = null);

/// <summary>What became of the choice.</summary>
public enum PreferencesOutcome
{
    /// <summary>Kept. Today's digest still comes as chosen before; from the next date on it comes as chosen now.</summary>
    Kept,

    /// <summary>There is no such zone, hour, rhythm or section.</summary>
    NotUnderstood,

    /// <summary>This subscriber changed hour, zone or rhythm too often within 24 hours. Nothing was changed.</summary>
    TooOften,

    /// <summary>Not subscribed (any more).</summary>
    NotSubscribed,
}

/// <summary>Changes when, about what and in which language the digest comes.</summary>
public sealed class ChangePreferences(SubscriberStore subscribers, ChangeSubscriber change, Publication publication, TimeProvider time)
{
    /// <summary>
    /// How often one subscriber may change hour, zone or rhythm within 24 hours. A cohort that there was not before is one for good, with a history and
    /// runs of its own: whoever has one link must not be able to make thousands.
    /// </summary>
    public const int MostADay = 10;

    /// <summary>Keeps the choice; what changes nothing writes nothing.</summary>
    public async Task<PreferencesOutcome> ExecuteAsync(string subscriberId, Preferences wanted, CancellationToken cancellationToken)
    {
        var rhythm = Rhythm.Daily;
        if (wanted.Zone is not null && !Zones.Exists(wanted.Zone) || wanted.Hour is < 0 or > 23
            || wanted.Rhythm is not null && !Rhythm.TryParse(wanted.Rhythm, out rhythm))
        {
            return PreferencesOutcome.NotUnderstood;
        }

        // Looked at first, since a change begins by noting that it has begun.
        var outcome = PreferencesOutcome.NotSubscribed;
        if (Chosen((await subscribers.GetAsync(subscriberId, cancellationToken))?.Subscriber, wanted, rhythm, out outcome) is not null)
        {
            await change.ExecuteAsync(subscriberId, person => Chosen(person, wanted, rhythm, out outcome), cancellationToken);
        }

        return outcome;
    }

    /// <summary>What the subscriber may choose from: the publication's sections, and those of the subscriber's that it has no more.</summary>
    public IReadOnlyList<string> SectionsFor(Subscriber person) => publication.Sections.Count == 0 ? [] : [.. publication.Sections.Union(person.Sections, StringComparer.OrdinalIgnoreCase)];

    private static bool Has(IReadOnlyList<string> sections, string section) => sections.Contains(section, StringComparer.OrdinalIgnoreCase);

    // Null leaves everything as it is.
    private Subscriber? Chosen(Subscriber? person, Preferences wanted, Rhythm rhythm, out PreferencesOutcome outcome)
    {
        if (person?.Status != SubscriberStatus.Active)
        {
            outcome = PreferencesOutcome.NotSubscribed;
            return null;
        }

        var sections = person.Sections;
        if (wanted.Sections is not null && SectionsFor(person) is var offered)
        {
            if (!wanted.Sections.All(section => Has(offered, section)))
            {
                outcome = PreferencesOutcome.NotUnderstood;
                return null;
            }

            IReadOnlyList<string> chosen = [.. offered.Where(section => Has(wanted.Sections, section))];
            sections = offered.Count == 0 ? sections : publication.Sections.All(section => Has(chosen, section)) ? [] : chosen;
        }

        var after = person with
        {
            Zone = wanted.Zone ?? person.Zone,
            Hour = wanted.Hour ?? person.Hour,
            Rhythm = wanted.Rhythm is null ? person.Rhythm : rhythm,
            Language = wanted.Language is null ? person.Language : publication.Language(wanted.Language),
            Sections = sections.SequenceEqual(person.Sections) ? person.Sections : sections,
        };
        outcome = PreferencesOutcome.Kept;
        if (after.Cohort == person.Cohort)
        {
            return after == person ? null : after;
        }

        if (Tries.OneMore(person.CohortTries, MostADay, time.GetUtcNow()) is not { } tries)
        {
            outcome = PreferencesOutcome.TooOften;
            return null;
        }

        return after with { CohortTries = tries };
    }
}
