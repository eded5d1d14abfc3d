using System.Xml;
using System.Xml.Linq;
using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>Reads XML by the book, within the limits. A DTD is ignored and nothing of it is resolved.</summary>
internal static class StrictXml
{
    private const string Cdata = "<![CDATA[";

    /// <summary>
    /// True if a CDATA section without its end has hidden the end of an item, up to the end of the next section. That is well-formed.
    /// </summary>
    public static bool HidesItems(string text)
    {
        for (var at = text.IndexOf(Cdata, StringComparison.Ordinal); at >= 0;)
        {
            var end = text.IndexOf("]]>", at, StringComparison.Ordinal);
            var section = end < 0 ? default : text.AsSpan(at + Cdata.Length, end - at - Cdata.Length);
            if (section.Contains(Cdata, StringComparison.Ordinal)
                && (section.Contains("</item", StringComparison.Ordinal) || section.Contains("</entry", StringComparison.Ordinal)))
            {
                return true;
            }

            at = end < 0 ? -1 : text.IndexOf(Cdata, end, StringComparison.Ordinal);
        }

        return false;
    }

    /// <summary>The root element; null if the text is not well-formed, and the reason.</summary>
    /// <exception cref="FeedFault">The document has too many parts.</exception>
    public static (XElement? Root, string? Fault) Read(string text)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Ignore, // a DTD with declarations was refused before
            XmlResolver = null,
            MaxCharactersFromEntities = 1,
            MaxCharactersInDocument = FeedLimits.MaxBytes,
            CheckCharacters = false, // FeedText has removed what XML does not have
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        try
        {
            using (var first = XmlReader.Create(new StringReader(text), settings))
            {
                if (Check(first) is { } tooLarge)
                {
                    throw tooLarge;
                }
            }

            using var reader = XmlReader.Create(new StringReader(text), settings);
            return (XDocument.Load(reader).Root, null);
        }
        catch (XmlException fault)
        {
            return (null, ContentText.Line(fault.Message, ContentText.MaxTitle));
        }
    }

    // Reads on to the end: tags without their end nest too, and such a document is not well-formed.
    private static FeedFault? Check(XmlReader xml)
    {
        var size = new FeedSize();
        FeedFault? tooLarge = null;
        while (xml.Read())
        {
            if (xml.NodeType == XmlNodeType.Element && tooLarge is null)
            {
                try
                {
                    size.Add(xml.Depth, xml.AttributeCount);
                }
                catch (FeedFault fault)
                {
                    tooLarge = fault;
                }
            }
        }

        return tooLarge;
    }
}
