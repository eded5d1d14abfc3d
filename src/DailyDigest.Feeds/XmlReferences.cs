using System.Text;
using AngleSharp.Html;

namespace DailyDigest.Feeds;

/// <summary>Decodes references in faulty XML: those of XML and of HTML. An ampersand that begins none is an ampersand.</summary>
internal static class XmlReferences
{
    /// <summary>The decoded part of the source.</summary>
    public static string Decode(string source, int from, int to, FeedNotes notes)
    {
        var amp = source.IndexOf('&', from, to - from);
        if (amp < 0)
        {
            return source[from..to];
        }

        var text = new StringBuilder(to - from);
        for (; amp >= 0; amp = from < to ? source.IndexOf('&', from, to - from) : -1)
        {
            text.Append(source, from, amp - from);
            if (Reference(source, amp, to, notes, out var length) is { } symbol)
            {
                text.Append(symbol);
                from = amp + length;
            }
            else
            {
                text.Append('&');
                notes.Repair("bare &");
                from = amp + 1;
            }
        }

        return text.Append(source, from, to - from).ToString();
    }

    private static string? Reference(string source, int amp, int to, FeedNotes notes, out int length)
    {
        if (amp + 1 < to && source[amp + 1] == '#')
        {
            return FeedText.Numeric(source, amp, out length) is { } code ? FeedText.Character(code) ?? "" : null;
        }

        var end = amp + 1;
        while (end < to && end - amp < 40 && char.IsAsciiLetterOrDigit(source[end]))
        {
            end++;
        }

        length = end + 1 - amp;
        if (end >= to || source[end] != ';' || end == amp + 1)
        {
            return null;
        }

        var name = source[(amp + 1)..end];
        switch (name)
        {
            case "amp": return "&";
            case "lt": return "<";
            case "gt": return ">";
            case "quot": return "\"";
            case "apos": return "'";
        }

        if (HtmlEntityProvider.Resolver.GetSymbol(name + ";") is { } symbol)
        {
            notes.Repair("HTML entities");
            return symbol;
        }

        return null;
    }
}
