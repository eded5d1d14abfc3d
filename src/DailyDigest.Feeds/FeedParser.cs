using System.Text.Json;
using System.Text.RegularExpressions;
using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>
/// Reads stories from a feed. The format is detected from the text, because Content-Type is often wrong. XML is read strictly first, and a
/// second time with tolerance if it is not well-formed.
/// </summary>
internal static partial class FeedParser
{
    private static readonly string[] Roots = ["<rss", "<rdf:RDF", "<feed"];

    /// <summary>Reads the document.</summary>
    /// <exception cref="FeedFault">The document is no feed, or is invalid.</exception>
    public static FeedReading.Read Read(Feed feed, FeedDocument document, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var notes = new FeedNotes();
        var text = FeedText.Clean(FeedCharset.Decode(document.Bytes, document.Charset, notes), notes);
        var content = text switch
        {
            "" => throw NoFeed("empty"),
            ['{', ..] => JsonContent(FeedJson.Read(text, notes), document.Url, now),
            _ => XmlContent(text, document.Url, notes, now),
        };

        var usable = new List<FeedEntry>();
        var count = 0;
        foreach (var entry in content.Entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (++count > FeedLimits.MaxEntries)
            {
                notes.Refuse("beyond the first 2,000");
            }
            else if (entry() is not { } read)
            {
                notes.Refuse("not an object");
            }
            else if (read.Refusal is { } reason)
            {
                notes.Refuse(reason);
            }
            else
            {
                usable.Add(read);
            }
        }

        notes.Refuse("that could not be read", content.Written - count);
        var stories = Stories(feed, usable, now, notes);
        var undated = stories.Count(story => story.IsUndated);
        var mayBeOld = feed.LastGood is null || content.Dates.NoneIsReadable;
        if (!mayBeOld)
        {
            stories = stories.ConvertAll(story => story with { IsUndated = false });
        }

        return new FeedReading.Read(stories, notes.Refused, document.ETag, document.LastModified, document.MovedTo)
        {
            Title = content.Title,
            Format = content.Format,
            Charset = notes.Charset,
            Same = notes.Same,
            Notes = notes.ToList(),
            Undated = undated,
            UndatedAreNews = !mayBeOld,
        };
    }

    private static List<Story> Stories(Feed feed, List<FeedEntry> entries, DateTimeOffset now, FeedNotes notes)
    {
        var stories = new List<Story>();
        var ids = new EntryIds(entries);
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var story = entry.ToStory(ids.Of(entry), feed, now);
            if (known.Add(story.Id))
            {
                stories.Add(feed.Ranked ? story with { Signals = story.Signals with { FeedPosition = stories.Count + 1 } } : story);
            }
            else
            {
                notes.Same++;
            }
        }

        return stories;
    }

    private static FeedContent JsonContent(JsonElement root, Uri url, DateTimeOffset now)
    {
        var dates = FeedDates.Of(root, now);
        return new FeedContent(JsonEntries.Read(root, url, dates), dates, 0, "JSON Feed", JsonEntries.Title(root));
    }

    private static FeedContent XmlContent(string text, Uri url, FeedNotes notes, DateTimeOffset now)
    {
        FeedDoctype.CheckBeginning(text);
        var (root, fault) = StrictXml.Read(text);
        var written = 0;
        if (root is null ? !LooksLikeHtml(text) || HasFeed(text) : StrictXml.HidesItems(text))
        {
            root = TolerantXml.Read(text, notes) ?? root;
            written = new[] { ItemStart(), ItemEnd(), EntryStart(), EntryEnd() }.Max(tag => tag.Count(text));
        }

        if (root is not null)
        {
            FeedNames.Normalize(root);
        }

        var dates = root is null ? null : FeedDates.Of(root, now);
        return root?.Name.LocalName switch
        {
            "rss" or "RDF" or "channel" =>
                new FeedContent(RssEntries.Read(root, url, dates!), dates!, written, "RSS", RssEntries.Title(root)),
            "feed" or "entry" => new FeedContent(AtomEntries.Read(root, url, dates!), dates!, written, "Atom", AtomEntries.Title(root)),
            "html" => throw Page(text, url),
            null when LooksLikeHtml(text) => throw Page(text, url),
            null when text[0] != '<' => throw NoFeed("neither XML nor JSON"),
            null => throw new FeedFault($"bad XML: {fault}"),
            var name => throw NoFeed($"the root element is {ContentText.Line(name, 40)}"),
        };
    }

    private static FeedFault NoFeed(string what) => new("not a feed: " + what) { Problem = FeedProblem.NoFeed };

    private static FeedFault Page(string text, Uri url) => new("not a feed: HTML")
    {
        Problem = FeedProblem.Page,
        Named = NamedFeeds.Of(text, url),
    };

    private static bool LooksLikeHtml(string text) =>
        text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"<(?:rss:)?item[\s/>]", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex ItemStart();

    [GeneratedRegex(@"</(?:rss:)?item[\s>]", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex ItemEnd();

    [GeneratedRegex(@"<(?:atom:)?entry[\s/>]", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex EntryStart();

    [GeneratedRegex(@"</(?:atom:)?entry[\s>]", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex EntryEnd();

    private static bool HasFeed(string text) =>
        Roots.Any(tag => text.Contains(tag, StringComparison.OrdinalIgnoreCase));
}

/// <summary>The parts of a document that is a feed.</summary>
/// <param name="Entries">Read each entry; null for one that is no object.</param>
/// <param name="Dates">Reads its dates.</param>
/// <param name="Written">The number of entries that a faulty text seems to have; 0 for one without faults.</param>
/// <param name="Format">RSS, Atom or JSON Feed.</param>
/// <param name="Title">Plain text; empty if it has none.</param>
internal sealed record FeedContent(
    IEnumerable<Func<FeedEntry?>> Entries, FeedDates Dates, int Written, string Format, string Title);
