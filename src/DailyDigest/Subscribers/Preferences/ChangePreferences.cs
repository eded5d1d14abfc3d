using DailyDigest.Calendar;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Subscribers;

/// <summary>The preferences of a request, not validated. Null keeps the present value.</summary>
/// <param name="Zone">IANA zone.</param>
/// <param name="Hour">Local hour, 0 to 23.</param>
/// <param name="Rhythm">daily, weekdays, weekly-monday and so on.</param>
/// <param name="Language">BCP 47 tag; the closest language of the publication is used.</param>
/// <param name="Sections">
/// Sections of the publication, or sections chosen before. An empty list and a complete list both mean all sections.
/// </param>
/// <param name="StoryLanguages">
/// At least one of the languages of stories that the publication offers; ignored if it offers no choice. If the reader still has the
/// language of their mails, and it is the only one here, nothing is stored, and the stories follow the mails to another language.
/// </param>
public sealed record Preferences(
    string? Zone, int? Hour, string? Rhythm, string? Language, IReadOnlyList<string>? Sections = null,
    IReadOnlyList<string>? StoryLanguages = null)
{
    /// <summary>The subscriber's version that the request is about; null for any.</summary>
    public long? Version { get; init; }
}

/// <summary>The outcome of <see cref="ChangePreferences"/>.</summary>
public enum PreferencesOutcome
{
    /// <summary>Stored. Today's digest follows the earlier preferences; the next one follows the new ones.</summary>
    Kept,

    /// <summary>The zone, hour, rhythm, a section or a language of stories does not exist. Nothing was changed.</summary>
    NotUnderstood,

    /// <summary>No language of stories was chosen, which would leave nothing to send. Nothing was changed.</summary>
    NoStoryLanguage,

    /// <summary>The subscriber changed hour, zone or rhythm too often within 24 hours. Nothing was changed.</summary>
    TooOften,

    /// <summary>The person is not subscribed, or not any more.</summary>
    NotSubscribed,

    /// <summary>The subscriber has another version than the request is about. Nothing was changed.</summary>
    Changed,
}

/// <summary>Changes zone, hour, rhythm, language, sections and languages of stories of a subscriber.</summary>
public sealed class ChangePreferences(
    SubscriberStore subscribers, ChangeSubscriber change, Publication publication, StoryLanguages languages, TimeProvider time)
{
    /// <summary>
    /// Changes of hour, zone or rhythm by one subscriber within 24 hours. A new cohort is permanent, with its own history and runs:
    /// the holder of one link must not be able to create thousands.
    /// </summary>
    public const int MaxPerDay = 10;

    /// <summary>Stores the preferences; writes nothing if nothing changes.</summary>
    public async Task<PreferencesOutcome> ExecuteAsync(string subscriberId, Preferences wanted, CancellationToken cancellationToken)
    {
        var rhythm = Rhythm.Daily;
        if (wanted.Zone is not null && !Zones.Exists(wanted.Zone) || wanted.Hour is < 0 or > 23
            || wanted.Rhythm is not null && !Rhythm.TryParse(wanted.Rhythm, out rhythm))
        {
            return PreferencesOutcome.NotUnderstood;
        }

        // Check first: a change writes a row even if it changes nothing.
        var outcome = PreferencesOutcome.NotSubscribed;
        if (Chosen((await subscribers.GetAsync(subscriberId, cancellationToken))?.Subscriber, wanted, rhythm, out outcome) is not null)
        {
            await change.ExecuteAsync(subscriberId, person => Chosen(person, wanted, rhythm, out outcome), cancellationToken);
        }

        return outcome;
    }

    /// <summary>The sections to choose from: the publication's, and those that the subscriber chose before.</summary>
    public IReadOnlyList<string> SectionsFor(Subscriber person) => publication.Sections.Count == 0
        ? []
        : [.. publication.Sections.Union(person.Sections, StringComparer.OrdinalIgnoreCase)];

    /// <summary>The languages of stories to choose from, and whether the subscriber gets each; empty if there is no choice.</summary>
    public IReadOnlyList<(string Language, bool IsChosen)> StoryLanguagesFor(Subscriber person) =>
        languages.Of(person.StoryLanguages, person.Language) is var chosen
            ? [.. languages.Offered.Select(language => (language, chosen.Count == 0 || Has(chosen, language)))] : [];

    private static bool Has(IReadOnlyList<string> sections, string section) => sections.Contains(section, StringComparer.OrdinalIgnoreCase);

    // Null: change nothing.
    private Subscriber? Chosen(Subscriber? person, Preferences wanted, Rhythm rhythm, out PreferencesOutcome outcome)
    {
        if (person?.Status != SubscriberStatus.Active)
        {
            outcome = PreferencesOutcome.NotSubscribed;
            return null;
        }

        if (wanted.Version is { } seen && seen != person.Version)
        {
            outcome = PreferencesOutcome.Changed;
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

        if (StoryLanguages(person, wanted, out outcome) is not { } stories)
        {
            return null;
        }

        var after = person with
        {
            Zone = wanted.Zone ?? person.Zone,
            Hour = wanted.Hour ?? person.Hour,
            Rhythm = wanted.Rhythm is null ? person.Rhythm : rhythm,
            Language = wanted.Language is null ? person.Language : publication.Language(wanted.Language),
            Sections = sections.SequenceEqual(person.Sections) ? person.Sections : sections,
            StoryLanguages = stories.SequenceEqual(person.StoryLanguages) ? person.StoryLanguages : stories,
        };
        outcome = PreferencesOutcome.Kept;
        if (after.Cohort == person.Cohort)
        {
            return after == person ? null : after;
        }

        if (Tries.Add(person.CohortTries, MaxPerDay, time.GetUtcNow()) is not { } tries)
        {
            outcome = PreferencesOutcome.TooOften;
            return null;
        }

        return after with { CohortTries = tries };
    }

    // Null: the choice is refused.
    private IReadOnlyList<string>? StoryLanguages(Subscriber person, Preferences wanted, out PreferencesOutcome outcome)
    {
        outcome = PreferencesOutcome.Kept;
        if (wanted.StoryLanguages is not { } stories || !languages.HasChoice)
        {
            return person.StoryLanguages;
        }

        if (stories.Count == 0 || !stories.All(language => Has(languages.Offered, language)))
        {
            outcome = stories.Count == 0 ? PreferencesOutcome.NoStoryLanguage : PreferencesOutcome.NotUnderstood;
            return null;
        }

        // Boxes that were left as they were are no choice.
        List<string> chosen = [.. languages.Offered.Where(language => Has(stories, language))];
        var before = StoryLanguagesFor(person).Where(one => one.IsChosen).Select(one => one.Language);
        return chosen.SequenceEqual(before) ? person.StoryLanguages
            : chosen.SequenceEqual(languages.Of([], wanted.Language ?? person.Language)) ? [] : chosen;
    }
}
