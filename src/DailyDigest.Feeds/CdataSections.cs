namespace DailyDigest.Feeds;

/// <summary>Finds the text of CDATA sections, also of faulty ones: a section without its end does not hide the items behind it.</summary>
internal sealed class CdataSections(string source, FeedNotes notes)
{
    private static readonly string[] Starts = ["<![CDATA[", "<!CDATA[", "<[CDATA[", "<![CDATA"];

    private readonly Needle start = new(source, "<![CDATA[");
    private readonly Needle end = new(source, "]]>");
    private readonly Needle itemEnd = new(source, "</item");
    private readonly Needle entryEnd = new(source, "</entry");
    private readonly Needle itemStart = new(source, "<item>");
    private readonly Needle entryStart = new(source, "<entry>");

    /// <summary>The beginning of a section's text, also if a character before it is missing; null if there is no section.</summary>
    public int? Begin(int at)
    {
        foreach (var written in Starts)
        {
            if (string.CompareOrdinal(source, at, written, 0, written.Length) == 0)
            {
                return at + written.Length;
            }
        }

        return null;
    }

    /// <summary>The text of a section, and where it ends.</summary>
    /// <param name="begin">The beginning of its text.</param>
    /// <param name="element">The name of the open element: its end tag ends a section that has no end.</param>
    public (string Text, int Next) Read(int begin, string element)
    {
        var own = end.Find(begin);
        var limit = First(own < 0 ? source.Length : own, start.Find(begin), itemEnd.Find(begin), entryEnd.Find(begin));
        if (limit == own)
        {
            return (source[begin..own], own + 3);
        }

        notes.Repair("CDATA sections without their end");
        limit = First(limit, itemStart.Find(begin), entryStart.Find(begin));
        if (source.IndexOf("</" + element, begin, limit - begin, StringComparison.Ordinal) is >= 0 and var close)
        {
            limit = close;
        }

        return (source[begin..limit].TrimEnd().TrimEnd(']'), limit);
    }

    private static int First(int limit, params ReadOnlySpan<int> places)
    {
        foreach (var place in places)
        {
            limit = place >= 0 && place < limit ? place : limit;
        }

        return limit;
    }
}
