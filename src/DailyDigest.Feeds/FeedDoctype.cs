namespace DailyDigest.Feeds;

/// <summary>The document type of a feed is ignored, and nothing of it is resolved. One that declares anything is refused.</summary>
internal static class FeedDoctype
{
    /// <summary>Refuses the document if a DTD with declarations begins before its root element.</summary>
    /// <exception cref="FeedFault">It does.</exception>
    public static void CheckBeginning(string text)
    {
        for (var at = text.IndexOf('<'); at >= 0 && at + 1 < text.Length; at = text.IndexOf('<', at))
        {
            Check(text, at);
            if (string.CompareOrdinal(text, at, "<!--", 0, 4) == 0)
            {
                at = text.IndexOf("-->", at + 4, StringComparison.Ordinal);
            }
            else if (text[at + 1] is '?' or '!')
            {
                at = text.IndexOf('>', at);
            }
            else
            {
                return;
            }

            if (at < 0)
            {
                return;
            }
        }
    }

    /// <summary>Refuses the document if a DTD with declarations begins at this place.</summary>
    /// <exception cref="FeedFault">It does.</exception>
    public static void Check(string text, int at)
    {
        if (string.Compare(text, at, "<!DOCTYPE", 0, 9, StringComparison.OrdinalIgnoreCase) != 0)
        {
            return;
        }

        char? quote = null;
        for (var i = at + 9; i < text.Length && (quote is not null || text[i] != '>'); i++)
        {
            if (quote is null && text[i] == '[')
            {
                throw new FeedFault("the feed contains a DTD (DOCTYPE) with declarations, which is refused");
            }

            quote = text[i] == quote ? null : quote is null && text[i] is '"' or '\'' ? text[i] : quote;
        }
    }
}
