using System.Globalization;
using System.Text;
using System.Xml;
using DailyDigest.Calendar;

namespace DailyDigest.Web;

/// <summary>
/// The digests as an Atom feed (RFC 4287), one per language. The ids are tags (RFC 4151) of domain, path, date and language, so they do not
/// change with a digest's address or title. Story titles are written as text, never as markup.
/// </summary>
internal static class AtomFeed
{
    public const string ContentType = "application/atom+xml; charset=utf-8";

    private const string Atom = "http://www.w3.org/2005/Atom";
    private const string Xhtml = "http://www.w3.org/1999/xhtml";

    /// <summary>Writes the feed in the view's language.</summary>
    public static byte[] Write(View view, IReadOnlyList<PastDigest> digests)
    {
        using var stream = new MemoryStream();
        using (var xml = XmlWriter.Create(stream, new XmlWriterSettings { Encoding = new UTF8Encoding(false) }))
        {
            xml.WriteStartElement("feed", Atom);
            xml.WriteAttributeString("xml", "lang", null, view.Language);
            Text(xml, "title", view.Texts["Archive.Feed", view.Publication.Name]);
            Text(xml, "id", $"tag:{view.Publication.Domain},2026:{View.Root(view.Publication)}digests:{view.Language}");
            Text(xml, "updated", Instant(digests.Select(digest => digest.FrozenAt).DefaultIfEmpty(DateTimeOffset.UnixEpoch).Max()));
            xml.WriteStartElement("author", Atom);
            Text(xml, "name", view.Publication.Name);
            Text(xml, "uri", view.SiteUrl.StartsWith('/') ? view.Publication.BaseUrl + "/" : view.SiteUrl);
            xml.WriteEndElement();
            Link(xml, "self", "application/atom+xml", view.Language, Url(view, "/digests/feed.atom", view.Language));
            Link(xml, "alternate", "text/html", view.Language, Url(view, "/digests", view.Language));
            foreach (var digest in digests)
            {
                Entry(xml, view, digest);
            }

            xml.WriteEndElement();
        }

        return stream.ToArray();
    }

    private static void Entry(XmlWriter xml, View view, PastDigest digest)
    {
        xml.WriteStartElement("entry", Atom);
        xml.WriteStartElement("title", Atom);
        Language(xml, digest.Stories[0].Language);
        xml.WriteString(Clean(digest.Stories[0].Title));
        xml.WriteEndElement();
        Text(xml, "id", $"tag:{view.Publication.Domain},{digest.Date.Text()}:{View.Root(view.Publication)}digest:{view.Language}");
        Text(xml, "updated", Instant(digest.FrozenAt));
        Text(xml, "published", Instant(digest.FrozenAt));
        Link(xml, "alternate", "text/html", view.Language, Url(view, "/digests/" + digest.Date.Text(), view.Language));
        xml.WriteStartElement("content", Atom);
        xml.WriteAttributeString("type", "xhtml");
        xml.WriteStartElement("div", Xhtml);
        xml.WriteStartElement("ol", Xhtml);
        foreach (var story in digest.Stories)
        {
            xml.WriteStartElement("li", Xhtml);
            xml.WriteStartElement("a", Xhtml);
            xml.WriteAttributeString("href", Clean(story.Url));
            Language(xml, story.Language);
            xml.WriteAttributeString("dir", "auto");
            xml.WriteString(Clean(story.Title));
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteEndElement();
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static string Url(View view, string path, string language) =>
        $"{view.Publication.BaseUrl}{path}?lang={Uri.EscapeDataString(language)}";

    private static void Link(XmlWriter xml, string relation, string type, string language, string url)
    {
        xml.WriteStartElement("link", Atom);
        xml.WriteAttributeString("rel", relation);
        xml.WriteAttributeString("type", type);
        xml.WriteAttributeString("hreflang", language);
        xml.WriteAttributeString("href", Clean(url));
        xml.WriteEndElement();
    }

    // A story may have another language than the feed.
    private static void Language(XmlWriter xml, string? language)
    {
        if (language is not null)
        {
            xml.WriteAttributeString("xml", "lang", null, language);
        }
    }

    private static void Text(XmlWriter xml, string name, string text) => xml.WriteElementString(name, Atom, Clean(text));

    // RFC 3339, as RFC 4287, 3.3 requires.
    private static string Instant(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    // XML 1.0 (2.2) excludes some characters in any form. Half a surrogate pair cannot be written in UTF-8.
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (at + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[at + 1], text[at]))
            {
                clean.Append(text, at++, 2);
            }
            else
            {
                clean.Append(XmlConvert.IsXmlChar(text[at]) ? text[at] : '\uFFFD');
            }
        }

        return clean.ToString();
    }
}
