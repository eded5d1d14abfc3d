using DailyDigest.Content;
using DailyDigest.Settings;

namespace DailyDigest.Selection;

/// <summary>The languages of a publication's stories: which of them readers can choose, and the language of each story.</summary>
public sealed class StoryLanguages
{
    // A label counts unless fewer than this share of the letters are of its script. A quotation or a name in other letters is usual.
    private const double LeastShare = 0.2;

    // Fewer letters, such as "BBC", say nothing about a language.
    private const int LeastLetters = 4;

    private readonly List<(StoryTag Tag, string Name)> offered = [];

    /// <summary>Reads the languages of the publication.</summary>
    public StoryLanguages(Publication publication, SelectionOptions options)
    {
        if (options.MixLanguages || publication.Languages.Count < 2)
        {
            return;
        }

        foreach (var tag in publication.Languages.Select(StoryTag.Parse).OfType<StoryTag>())
        {
            if (!offered.Exists(one => one.Tag == tag))
            {
                offered.Add((tag, tag.ToString()));
            }
        }

        if (offered.Count < 2)
        {
            offered.Clear();
        }

        Offered = [.. offered.Select(one => one.Name)];
    }

    /// <summary>
    /// The languages to choose from, the publication's first in front, without regions: en for en-GB. Empty if there is no choice, because
    /// the publication has one language or mixes them.
    /// </summary>
    public IReadOnlyList<string> Offered { get; } = [];

    /// <summary>True if each reader gets stories of chosen languages only.</summary>
    public bool HasChoice => Offered.Count > 0;

    /// <summary>
    /// The languages of the stories that a reader gets: the chosen ones that are offered, or else the one of their mails. Empty for all.
    /// </summary>
    /// <param name="chosen">Chosen by the reader; empty for the language of their mails.</param>
    /// <param name="mailLanguage">BCP 47 tag of their mails.</param>
    public IReadOnlyList<string> Of(IReadOnlyList<string> chosen, string? mailLanguage)
    {
        if (!HasChoice)
        {
            return [];
        }

        List<string> found = chosen.Count == 0 ? []
            : [.. Offered.Where(language => chosen.Contains(language, StringComparer.OrdinalIgnoreCase))];
        return found.Count == Offered.Count ? [] : found.Count > 0 ? found : [Offers(mailLanguage) ?? Offered[0]];
    }

    /// <summary>The choice of each language alone; none if there is no choice.</summary>
    public IEnumerable<StoryChoice> Each => Offered.Select(language => new StoryChoice([], [language]));

    /// <summary>The choice of a reader.</summary>
    public StoryChoice Choice(IReadOnlyList<string> sections, IReadOnlyList<string> chosen, string? mailLanguage) =>
        new(sections, Of(chosen, mailLanguage));

    /// <summary>The offered language that the tag means; null for none.</summary>
    public string? Offers(string? tag) => StoryTag.Parse(tag) is { } wanted ? Offers(wanted) : null;

    /// <summary>
    /// The language of the story. Its label counts if the letters agree. Otherwise the letters decide, and between languages of one script
    /// the order of the publication. A text without letters has the publication's first language.
    /// </summary>
    /// <returns>An offered language, another language, or null for Latin letters if no offered language has them.</returns>
    public string? LanguageOf(Story story)
    {
        var counts = Scripts.Count(story.Title + " " + story.Summary);
        var letters = counts.Values.Sum();
        if (StoryTag.Parse(story.Language) is { } label
            && (letters < LeastLetters || counts.Where(one => Scripts.Uses(label.Language, one.Key)).Sum(one => one.Value)
                >= LeastShare * letters))
        {
            return Offers(label) ?? label.ToString();
        }

        if (letters == 0)
        {
            return Offered[0];
        }

        // cspell:ignore Hani
        // Japanese has more Han than Kana in many titles, but Chinese has no Kana.
        var script = counts.ContainsKey("Kana") && counts.ContainsKey("Hani") ? "Kana" : counts.MaxBy(one => one.Value).Key;
        return offered.FirstOrDefault(one => Scripts.Uses(one.Tag.Language, script)).Name ?? Scripts.UsualLanguage(script);
    }

    /// <summary>True if the story is in one of the languages; empty for all.</summary>
    public bool IsIn(Story story, IReadOnlyList<string> languages) =>
        languages.Count == 0 || (LanguageOf(story) is { } language && languages.Contains(language, StringComparer.OrdinalIgnoreCase));

    /// <summary>Why no choice of a language has the story; null if one has it.</summary>
    internal string? Refusal(Story story) => LanguageOf(story) switch
    {
        { } language when Offered.Contains(language) => null,
        var language => $"in {language ?? "a language of Latin letters"}, which is none of {string.Join(", ", Offered)}",
    };

    private string? Offers(StoryTag wanted) =>
        offered.Find(one => one.Tag == wanted).Name ?? offered.Find(one => one.Tag.Matches(wanted)).Name;
}
