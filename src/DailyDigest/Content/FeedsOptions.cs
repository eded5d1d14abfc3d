namespace DailyDigest.Content;

/// <summary>What is polled and how. Section <c>Feeds</c>.</summary>
public sealed class FeedsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Feeds";

    /// <summary>Feeds that are added to the store whenever feeds are polled; others are added on the command line.</summary>
    public IList<FeedSource> Sources { get; set; } = [];

    /// <summary>True to let feeds stand on loopback, private and link-local addresses. Anyone who can add a feed can then read inside the network.</summary>
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
                yield return $"Feeds__Sources__{i}__Kind: Article or BlogPost.";
            }
        }
    }
}

/// <summary>A feed named in configuration.</summary>
public sealed class FeedSource
{
    /// <summary>Absolute http(s) URL.</summary>
    public string Url { get; set; } = "";

    /// <summary>The name an operator reads; empty for the URL's host.</summary>
    public string Name { get; set; } = "";

    /// <summary>What its items are: Article or BlogPost.</summary>
    public string Kind { get; set; } = nameof(StoryKind.Article);

    /// <summary>True when the feed's order is its editors' ranking.</summary>
    public bool Ranked { get; set; }

    /// <summary><see cref="Kind"/>, or null if it is neither.</summary>
    public StoryKind? ParsedKind => StoryKinds.Parse(Kind);
}
