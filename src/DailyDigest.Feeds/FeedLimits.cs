namespace DailyDigest.Feeds;

/// <summary>What a feed may cost.</summary>
public static class FeedLimits
{
    /// <summary>Most bytes of a document, as sent and again unpacked: 5 MB.</summary>
    public const int MaxBytes = 5 * 1024 * 1024;

    /// <summary>Longest time from the first byte asked to the last story read: 20 s.</summary>
    public static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(20);

    /// <summary>Most redirects that are followed.</summary>
    public const int MaxRedirects = 5;

    /// <summary>Most entries that are read, from the first; the rest counts as refused.</summary>
    public const int MaxEntries = 2000;

    /// <summary>Most elements of XML within one another; some ways to work with a tree need the square of its depth.</summary>
    public const int MaxDepth = 256;

    /// <summary>Most characters of one entry's HTML that are parsed; an HTML parser needs the square of the depth.</summary>
    public const int MaxHtml = 32 * 1024;
}
