namespace DailyDigest.Feeds;

/// <summary>The limits of a feed.</summary>
internal static class FeedLimits
{
    /// <summary>Maximum size of a document, as sent and decompressed: 5 MiB.</summary>
    public const int MaxBytes = 5 * 1024 * 1024;

    /// <summary>Maximum time from the request to the last story: 20 s.</summary>
    public static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(20);

    /// <summary>Maximum number of redirects.</summary>
    public const int MaxRedirects = 5;

    /// <summary>Maximum number of entries that are read. Further entries count as refused.</summary>
    public const int MaxEntries = 2000;

    /// <summary>Maximum depth of XML elements. Some tree operations take time quadratic in the depth.</summary>
    public const int MaxDepth = 256;

    /// <summary>
    /// Maximum number of children of an XML element. Every entry looks through those of the root, so the time grows with the product.
    /// </summary>
    public const int MaxChildren = 20_000;

    /// <summary>Maximum number of attributes of an XML element.</summary>
    public const int MaxAttributes = 100;

    /// <summary>
    /// Maximum number of XML elements and attributes, or of JSON tokens, in a document. Each takes a hundred bytes in memory, a few in the
    /// document.
    /// </summary>
    public const int MaxNodes = 300_000;

    /// <summary>Maximum number of characters of an entry's HTML that are read: a picture inside the text can take that many.</summary>
    public const int MaxHtml = 512 * 1024;
}
