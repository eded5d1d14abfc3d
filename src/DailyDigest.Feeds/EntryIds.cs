using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>
/// Decides which entries of a document are one story. An entry is its page. If the feed gives its entries ids of their own (guid, id,
/// rdf:about), a fragment of the link is part of the identity; and if several entries with different ids link to one page, or an entry
/// links to the feed's own page, its id is.
/// </summary>
internal sealed class EntryIds
{
    private readonly HashSet<string> shared = new(StringComparer.Ordinal);

    public EntryIds(IReadOnlyList<FeedEntry> entries)
    {
        var seen = new Dictionary<string, FeedEntry>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var page = Page(entry);
            if (!seen.TryAdd(page, entry) && OwnId(entry) is { } id && OwnId(seen[page]) is { } other && id != other
                && entry.Title != seen[page].Title)
            {
                shared.Add(page);
            }
        }
    }

    /// <summary>The id of the entry's story.</summary>
    public string Of(FeedEntry entry)
    {
        var page = Page(entry);
        return OwnId(entry) is { } id && (shared.Contains(page) || IsFeedsOwn(entry, page))
            ? StoryId.From(page + "\n" + id) : StoryId.From(page);
    }

    private static bool IsFeedsOwn(FeedEntry entry, string page) => CanonicalUrl.TryParse(entry.FeedPage, out var own) && own == page;

    // With the fragment only if the entry has an id that is not the page.
    private static string Page(FeedEntry entry)
    {
        CanonicalUrl.TryStory(entry.Link, out var page, out var link);
        return OwnId(entry) is null ? page : link;
    }

    private static string? OwnId(FeedEntry entry)
    {
        if (string.IsNullOrWhiteSpace(entry.Id))
        {
            return null;
        }

        var id = entry.Id.Trim();
        return CanonicalUrl.TryStory(entry.Link, out var page, out _) && CanonicalUrl.TryStory(id, out _, out var written)
            && written == page ? null : id;
    }
}
