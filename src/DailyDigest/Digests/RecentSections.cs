using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Selection;

namespace DailyDigest.Digests;

/// <summary>The sections of the stories from which the next digests are chosen.</summary>
public sealed class RecentSections(StoryStore stories, SelectionOptions options, TimeProvider time)
{
    /// <summary>The sections that the stories name, ordered, each in one spelling.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await StoriesAsync(cancellationToken)).Select(story => story.Section?.Trim()).Where(section => section is { Length: > 0 })
            .OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>
    /// Replaces the section, in any case of letters, in each story. Repeatable; call it again after an interruption. Returns the number of
    /// stories that were changed.
    /// </summary>
    public async Task<int> RenameAsync(string from, string to, CancellationToken cancellationToken)
    {
        var changed = 0;
        foreach (var story in (await StoriesAsync(cancellationToken)).Where(story => Renamed(story, from, to) != story))
        {
            await stories.EditAsync(story.Id, stored => Renamed(stored, from, to), cancellationToken);
            changed++;
        }

        return changed;
    }

    private static Story Renamed(Story story, string from, string to) =>
        string.Equals(story.Section?.Trim(), from.Trim(), StringComparison.OrdinalIgnoreCase)
            ? story with { Section = to, Desk = story.Desk with { Section = story.Desk.Section is null ? null : to } } : story;

    private async Task<IReadOnlyList<Story>> StoriesAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (first, last) = (PrepareDigest.FirstDay(options, now), LocalDates.Utc(now).AddDays(1));
        return (await stories.RangeAsync(first, last, cancellationToken)).Stories;
    }
}
