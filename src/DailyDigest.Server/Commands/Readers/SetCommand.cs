using System.CommandLine;
using DailyDigest.Selection;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary><c>subscribers set</c>: changes when and how a reader gets the digest.</summary>
internal static class SetCommand
{
    public static Command Create(Terminal terminal)
    {
        var reader = Inputs.Reader();
        var choices = new ChoiceOptions();
        var command = new Command(
            "set", "Change a reader's zone, hour, rhythm, language, sections or languages of stories, as on the preferences page.")
        {
            reader, choices.Zone, choices.Hour, choices.Rhythm, choices.Language, choices.Sections,
            choices.StoryLanguages,
        };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            async (app, stop) =>
            {
                var (zone, hour, rhythm, language) = choices.Of(parsed);
                var wanted = new Preferences(
                    zone, hour, rhythm, language, choices.SectionsOf(parsed), choices.StoryLanguagesOf(parsed));
                var fault = wanted == new Preferences(null, null, null, null) ? "Give at least one choice (see --help)."
                    : choices.Fault(parsed, app.Services.GetRequiredService<Publication>())
                        ?? choices.StoryLanguagesFault(parsed, app.Services.GetRequiredService<StoryLanguages>());
                if (fault is not null)
                {
                    await terminal.ErrorAsync(fault);
                    return 2;
                }

                return await parsed.GetRequiredValue(reader).ReadAsync(app.Services, terminal, stop) is { } person
                    ? await SetAsync(app.Services, terminal, person, wanted, stop) : 1;
            },
            cancellationToken));
        return command;
    }

    private static async Task<int> SetAsync(
        IServiceProvider services, Terminal terminal, Subscriber person, Preferences wanted, CancellationToken cancellationToken)
    {
        var change = services.GetRequiredService<ChangePreferences>();
        switch (await change.ExecuteAsync(person.Id, wanted, cancellationToken))
        {
            case PreferencesOutcome.Kept:
                var after = (await services.GetRequiredService<SubscriberStore>().GetAsync(person.Id, cancellationToken))?.Subscriber;
                var languages = services.GetRequiredService<StoryLanguages>();
                await services.AuditAsync(
                    "reader.change", person.Id, Words(person, languages), after is null ? null : Words(after, languages),
                    cancellationToken);
                await terminal.LineAsync(after is null ? "The reader was erased meanwhile." : Words(after, languages)
                    + ". A new hour, zone or rhythm counts from tomorrow on; languages and sections count at once.");
                return after is null ? 1 : 0;

            case PreferencesOutcome.NotUnderstood:
                await terminal.ErrorAsync(ChoiceOptions.NoSuchSection(change.SectionsFor(person)));
                return 2;

            case PreferencesOutcome.TooOften:
                await terminal.ErrorAsync(
                    $"Hour, zone or rhythm were changed {ChangePreferences.MaxPerDay} times within 24 hours; nothing was changed.");
                return 1;

            default:
                await terminal.ErrorAsync($"The reader is not subscribed ({Format.Name(person.Status)}).");
                return 1;
        }
    }

    private static string Words(Subscriber person, StoryLanguages languages) =>
        $"{person.Cohort.Key}, {person.Language}, {(person.Sections.Count == 0 ? "all sections" : string.Join(", ", person.Sections))}"
            + (languages.HasChoice ? $", stories in {Format.StoriesIn(languages, person)}" : "");
}
