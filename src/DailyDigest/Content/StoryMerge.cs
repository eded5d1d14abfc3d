namespace DailyDigest.Content;

/// <summary>Merges a stored story with a new version of it.</summary>
internal static class StoryMerge
{
    /// <summary>
    /// The first source of a story, the API, and a version with a later update replace its data. Another source with the same story only
    /// fills missing data, so that two feeds with different texts do not rewrite it at every poll.
    /// No data is removed. Signals are always merged. Id, source, first sight and the desk's decisions stay.
    /// </summary>
    public static Story Merge(Story known, Story seen)
    {
        var replaces = seen.Source == known.Source || seen.Source == AcceptStory.Source || seen.Updated > known.Updated;

        // A source without a date has the instant of sight as date, which must not replace the first one.
        var dated = seen.Published != seen.FirstSeen;
        var (first, second) = replaces ? (seen, known) : (known, seen);
        return known with
        {
            Kind = first.Kind,
            Title = first.Title,
            Summary = first.Summary.Length > 0 ? first.Summary : second.Summary,
            Byline = first.Byline ?? second.Byline,
            Section = known.Desk.Section ?? first.Section ?? second.Section,
            Language = first.Language ?? second.Language,
            Image = first.Image ?? second.Image,
            Published = dated && (replaces || known.IsUndated) ? seen.Published : known.Published,
            IsUndated = known.IsUndated && !dated,
            Updated = first.Updated ?? second.Updated,
            Signals = known.Signals.With(seen.Signals),
        };
    }
}
