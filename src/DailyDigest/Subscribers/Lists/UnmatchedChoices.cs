using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Settings;

namespace DailyDigest.Subscribers;

/// <summary>A value that readers have and no setting offers.</summary>
/// <param name="Kind">language, section, zone, or tag of another program.</param>
/// <param name="Value">The value.</param>
/// <param name="Readers">The number of readers who have it.</param>
/// <param name="Instead">The language that they get, or the present name of the zone; null for a section or tag.</param>
public sealed record UnmatchedChoice(string Kind, string Value, int Readers, string? Instead);

/// <summary>Counts languages and sections that the publication does not offer, and zones by an old name.</summary>
internal sealed class UnmatchedChoices(Publication publication)
{
    // A bound on memory: a column with the wrong content has as many values as rows.
    private const int MaxValues = 1000;
    private const int MaxLength = 100;

    private readonly Dictionary<(string Kind, string Value), int> counts = [];

    /// <summary>Counts the choices of one reader. A null language stands for none.</summary>
    public void Add(string? language, IReadOnlyList<string> sections, string zone)
    {
        if (!string.IsNullOrWhiteSpace(language) && !publication.Offers(language))
        {
            Count("language", ContentText.Cut(language, MaxLength));
        }

        foreach (var section in publication.Sections.Count == 0 ? [] : sections)
        {
            if (!publication.Sections.Contains(section, StringComparer.OrdinalIgnoreCase))
            {
                Count("section", section);
            }
        }

        if (Zones.Current(zone) != zone)
        {
            Count("zone", zone);
        }
    }

    /// <summary>Counts the tags of one reader that are no sections. They are not kept.</summary>
    public void AddTags(IReadOnlyList<string> tags)
    {
        foreach (var tag in publication.Sections.Count == 0 ? [] : tags)
        {
            Count("tag", ContentText.Cut(ContentText.OneLine(tag), MaxLength));
        }
    }

    /// <summary>The values with their counts, the most frequent first.</summary>
    public IReadOnlyList<UnmatchedChoice> List() =>
        [.. counts.OrderByDescending(one => one.Value).ThenBy(one => one.Key.Kind, StringComparer.Ordinal)
            .ThenBy(one => one.Key.Value, StringComparer.Ordinal)
            .Select(one => new UnmatchedChoice(one.Key.Kind, one.Key.Value, one.Value, Instead(one.Key.Kind, one.Key.Value)))];

    private string? Instead(string kind, string value) => kind switch
    {
        "language" => publication.Language(value),
        "zone" => Zones.Current(value),
        _ => null,
    };

    private void Count(string kind, string value)
    {
        if (counts.TryGetValue((kind, value), out var count) || counts.Count < MaxValues)
        {
            counts[(kind, value)] = count + 1;
        }
    }
}
