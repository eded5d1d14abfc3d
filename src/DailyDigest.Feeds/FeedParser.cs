using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>Reads stories from a feed. The format is detected from the text, because Content-Type is often wrong.</summary>
internal static class FeedParser
{
    /// <summary>Reads the document.</summary>
    /// <exception cref="FeedFault">The document is no feed, or is invalid.</exception>
    public static FeedReading.Read Read(Feed feed, FeedDocument document, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var text = FeedCharset.Decode(document.Bytes, document.Charset).TrimStart();
        var entries = text switch
        {
            "" => throw new FeedFault("not a feed: empty"),
            ['{', ..] => JsonEntries.Read(Json(text), document.Url),
            ['<', ..] => XmlEntries(text, document.Url),
            _ => throw new FeedFault("not a feed: neither XML nor JSON"),
        };

        var stories = new List<Story>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        var refused = 0;
        var count = 0;
        foreach (var entry in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (++count > FeedLimits.MaxEntries || entry()?.ToStory(feed, now) is not { } story)
            {
                refused++;
            }
            else if (known.Add(story.Id))
            {
                stories.Add(feed.Ranked ? story with { Signals = story.Signals with { FeedPosition = stories.Count + 1 } } : story);
            }
        }

        return new FeedReading.Read(stories, refused, document.ETag, document.LastModified, document.MovedTo);
    }

    private static JsonElement Json(string text)
    {
        try
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var tokens = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 64, AllowTrailingCommas = true });
            for (var count = 0; tokens.Read();)
            {
                if (++count > FeedLimits.MaxNodes)
                {
                    throw new FeedFault("more than 300,000 JSON tokens");
                }
            }

            return JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 64, AllowTrailingCommas = true }).RootElement;
        }
        catch (JsonException fault)
        {
            throw new FeedFault(string.Create(CultureInfo.InvariantCulture, $"bad JSON in line {fault.LineNumber + 1}"));
        }
    }

    private static IEnumerable<Func<FeedEntry?>> XmlEntries(string text, Uri url)
    {
        if (LooksLikeHtml(text))
        {
            throw new FeedFault("not a feed: HTML") { Named = NamedFeeds.Of(text, url) };
        }

        var root = Xml(text).Root!;
        return root.Name.LocalName switch
        {
            "rss" or "RDF" => RssEntries.Read(root, url),
            "feed" => AtomEntries.Read(root, url),
            "html" => throw new FeedFault("not a feed: HTML") { Named = NamedFeeds.Of(text, url) },
            var name => throw new FeedFault($"not a feed: the root element is {ContentText.Line(name, 40)}"),
        };
    }

    private static XDocument Xml(string text)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = FeedLimits.MaxBytes,
            CheckCharacters = false, // stray control characters are common; they are removed later
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        try
        {
            using (var first = XmlReader.Create(new StringReader(text), settings))
            {
                CheckSize(first);
            }

            using var reader = XmlReader.Create(new StringReader(text), settings);
            return XDocument.Load(reader);
        }
        catch (XmlException) when (HasDoctype(text))
        {
            throw new FeedFault("the feed contains a DTD (DOCTYPE), which is refused");
        }
        catch (XmlException fault)
        {
            throw new FeedFault($"bad XML: {ContentText.Line(fault.Message, 300)}");
        }
    }

    // Before the document is built: a tree takes many times the memory of its text.
    private static void CheckSize(XmlReader xml)
    {
        var nodes = 0;
        var children = new int[FeedLimits.MaxDepth + 1];
        while (xml.Read())
        {
            if (xml.Depth > FeedLimits.MaxDepth)
            {
                throw new FeedFault($"elements nested more than {FeedLimits.MaxDepth} deep");
            }

            if (xml.NodeType != XmlNodeType.Element)
            {
                continue;
            }

            if (xml.AttributeCount > FeedLimits.MaxAttributes)
            {
                throw new FeedFault($"an element with more than {FeedLimits.MaxAttributes} attributes");
            }

            // The depth of an element is the number of its ancestors; its own children are counted from zero.
            if (++children[xml.Depth] > FeedLimits.MaxChildren)
            {
                throw new FeedFault("an element with more than 20,000 children");
            }

            if (xml.Depth < FeedLimits.MaxDepth)
            {
                children[xml.Depth + 1] = 0;
            }

            if ((nodes += 1 + xml.AttributeCount) > FeedLimits.MaxNodes)
            {
                throw new FeedFault("more than 300,000 elements and attributes");
            }
        }
    }

    private static bool LooksLikeHtml(string text) =>
        text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase);

    private static bool HasDoctype(string text) => text.Contains("<!DOCTYPE", StringComparison.Ordinal);
}
