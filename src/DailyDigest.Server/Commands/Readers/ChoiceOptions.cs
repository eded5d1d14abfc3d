using System.CommandLine;
using DailyDigest.Calendar;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Server.Commands;

/// <summary>The options for a reader's zone, hour, rhythm, language, sections and languages of stories.</summary>
internal sealed class ChoiceOptions
{
    private const string AllSections = "all";

    public Option<string> Zone { get; } = new("--zone") { Description = "IANA zone, such as Europe/Paris", HelpName = "zone" };

    public Option<int?> Hour { get; } = new("--hour") { Description = "Local hour, 0 to 23", HelpName = "number" };

    public Option<string> Rhythm { get; } = new("--rhythm")
    {
        Description = "daily, weekdays, weekly-monday and so on",
        HelpName = "rhythm",
    };

    public Option<string> Language { get; } = new("--language") { Description = "One of Publication__Languages", HelpName = "tag" };

    public Option<string[]> Sections { get; } = new("--section", "--sections")
    {
        Description = "A section to receive, or all; repeat it for several. Default: all for a new reader, the present ones for another",
        HelpName = "name",
    };

    public Option<string[]> StoryLanguages { get; } = new("--story-language")
    {
        Description = "A language of the stories to receive; repeat it for several. Needs more than one of Publication__Languages",
        HelpName = "tag",
    };

    /// <summary>The languages of stories; null if none is given.</summary>
    public string[]? StoryLanguagesOf(ParseResult parsed) => parsed.GetValue(StoryLanguages) is { Length: > 0 } tags ? tags : null;

    /// <summary>Why the languages of stories are wrong usage; null if they are right.</summary>
    public string? StoryLanguagesFault(ParseResult parsed, StoryLanguages languages) =>
        StoryLanguagesOf(parsed)?.Except(languages.Offered, StringComparer.OrdinalIgnoreCase).Any() != true ? null
            : languages.HasChoice ? $"--story-language: one of {string.Join(", ", languages.Offered)}."
            : "--story-language: there is no choice; Publication__Languages has one language, or Selection__MixLanguages is true.";

    /// <summary>The sections: empty for all, null if none is given.</summary>
    public string[]? SectionsOf(ParseResult parsed) => parsed.GetValue(Sections) switch
    {
        null or [] => null,
        [AllSections] => [],
        var names => names,
    };

    /// <summary>The error for a section that is not offered.</summary>
    public static string NoSuchSection(IReadOnlyList<string> offered) => offered.Count == 0
        ? "--section: Publication__Sections has no section." : $"--section: all, or one of {string.Join(", ", offered)}.";

    /// <summary>The values; null for an option that is not given.</summary>
    public (string? Zone, int? Hour, string? Rhythm, string? Language) Of(ParseResult parsed) =>
        (parsed.GetValue(Zone), parsed.GetValue(Hour), parsed.GetValue(Rhythm)?.ToLowerInvariant(), parsed.GetValue(Language));

    /// <summary>Why the values are wrong usage; null if they are right.</summary>
    public string? Fault(ParseResult parsed, Publication publication)
    {
        var (zone, hour, rhythm, language) = Of(parsed);
        return zone is not null && !Zones.Exists(zone) ? "--zone: an IANA zone such as Europe/Paris."
            : hour is < 0 or > 23 ? "--hour: 0 to 23."
            : rhythm is not null && !Calendar.Rhythm.TryParse(rhythm, out _) ? "--rhythm: daily, weekdays, weekly-monday and so on."
            : Inputs.Language(publication, language) is null ? Inputs.NoSuchLanguage(publication)
            : null;
    }
}
