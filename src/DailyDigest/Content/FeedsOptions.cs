namespace DailyDigest.Content;

/// <summary>The feeds. Section <c>Feeds</c>.</summary>
public sealed class FeedsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Feeds";

    /// <summary>Feeds that every poll adds to the store; others are added on the command line.</summary>
    public IList<FeedSource> Sources { get; set; } = [];

    /// <summary>
    /// True to allow feeds on loopback, private and link-local addresses. Anyone who can add a feed can then read from the internal
    /// network.
    /// </summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>One line per fault, each naming its setting.</summary>
    public IEnumerable<string> Validate()
    {
        for (var i = 0; i < Sources.Count; i++)
        {
            if (!CanonicalUrl.TryLink(Sources[i].Url, out _))
            {
                yield return $"Feeds__Sources__{i}__Url: an absolute http(s) URL without user name and password.";
            }

            if (Sources[i].ParsedKind is null)
            {
                yield return $"Feeds__Sources__{i}__Kind: article or blog-post.";
            }
        }
    }
}

/// <summary>A feed named in configuration.</summary>
public sealed class FeedSource
{
    /// <summary>Absolute http(s) URL.</summary>
    public string Url { get; set; } = "";

    /// <summary>The name for operators and readers; empty for the URL's host.</summary>
    public string Name { get; set; } = "";

    /// <summary>The kind of its items: article or blog-post.</summary>
    public string Kind { get; set; } = nameof(StoryKind.Article);

    /// <summary>True if the feed is ordered by importance.</summary>
    public bool Ranked { get; set; }

    /// <summary>The parsed <see cref="Kind"/>; null if invalid.</summary>
    public StoryKind? ParsedKind => StoryKinds.Parse(Kind);
}
