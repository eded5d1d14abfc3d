namespace DailyDigest.Content;

/// <summary>What a known story becomes when it is seen again.</summary>
internal static class StoryMerge
{
    /// <summary>
    /// The source that first brought a story speaks for it, and so does the API, and whoever names a later update; another source that
    /// carries the same story only fills what is missing, so that two feeds with different words do not rewrite it at every poll.
    /// Nothing is ever emptied. Signals always count. Id, source, first sight and the desk's decisions stay.
    /// </summary>
    public static Story Merge(Story known, Story seen)
    {
        var speaks = seen.Source == known.Source || seen.Source == AcceptStory.Source || seen.Updated > known.Updated;

        // A source without a date gives the instant of sight, which on second sight is no news.
        var dated = seen.Published != seen.FirstSeen;
        var (first, second) = speaks ? (seen, known) : (known, seen);
        return known with
        {
            Kind = first.Kind,
            Title = first.Title,
            Summary = first.Summary.Length > 0 ? first.Summary : second.Summary,
            Byline = first.Byline ?? second.Byline,
            Section = first.Section ?? second.Section,
            Language = first.Language ?? second.Language,
            Image = first.Image ?? second.Image,
            Published = speaks && dated ? seen.Published : known.Published,
            Updated = first.Updated ?? second.Updated,
            Signals = known.Signals.With(seen.Signals),
        };
    }
}
