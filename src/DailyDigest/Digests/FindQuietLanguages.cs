using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Selection;

namespace DailyDigest.Digests;

/// <summary>
/// Finds the languages of the publication in which there is no story of the last week. Their readers get the stories of all languages.
/// </summary>
public sealed class FindQuietLanguages(StoryStore stories, StoryLanguages languages, SelectionOptions options, TimeProvider time)
{
    /// <summary>
    /// Reads the stories from which a digest of now would be chosen. Returns the languages without one, the publication's first in front.
    /// Null if there is no story at all, or if readers get the stories of all languages anyway.
    /// </summary>
    public async Task<IReadOnlyList<string>?> ExecuteAsync(CancellationToken cancellationToken)
    {
        if (!languages.HasChoice)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var recent = (await stories.RangeAsync(PrepareDigest.FirstDay(options, now), LocalDates.Utc(now).AddDays(1), cancellationToken))
            .Stories;
        var used = recent.Select(languages.LanguageOf).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return recent.Count == 0 ? null : [.. languages.Offered.Where(language => !used.Contains(language))];
    }
}
