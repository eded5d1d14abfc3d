namespace DailyDigest.Content;

/// <summary>The body of <c>POST /api/stories</c>: plain text (no HTML), not validated.</summary>
public sealed record StoryInput
{
    /// <summary>Absolute http(s) URL; the story's identity. Required.</summary>
    public string? Url { get; init; }

    /// <summary>Plain text. Required.</summary>
    public string? Title { get; init; }

    /// <summary>Plain text.</summary>
    public string? Summary { get; init; }

    /// <summary>The author.</summary>
    public string? Byline { get; init; }

    /// <summary>Section name.</summary>
    public string? Section { get; init; }

    /// <summary>BCP 47 tag.</summary>
    public string? Language { get; init; }

    /// <summary>article (default) or blog-post.</summary>
    public string? Kind { get; init; }

    /// <summary>ISO 8601 instant with zone; null for the instant of the first push.</summary>
    public string? Published { get; init; }

    /// <summary>ISO 8601 instant with zone.</summary>
    public string? Updated { get; init; }

    /// <summary>The lead image.</summary>
    public ImageInput? Image { get; init; }

    /// <summary>The reactions of readers.</summary>
    public SignalsInput? Signals { get; init; }
}

/// <summary>The lead image in a pushed story.</summary>
public sealed record ImageInput
{
    /// <summary>Absolute http(s) URL. Required.</summary>
    public string? Url { get; init; }

    /// <summary>Alternative text.</summary>
    public string? Alt { get; init; }

    /// <summary>Caption.</summary>
    public string? Caption { get; init; }

    /// <summary>Photographer or agency.</summary>
    public string? Credit { get; init; }

    /// <summary>Pixels.</summary>
    public int? Width { get; init; }

    /// <summary>Pixels.</summary>
    public int? Height { get; init; }
}

/// <summary>Signals in a request: totals, not increments. Missing ones keep their value.</summary>
public sealed record SignalsInput
{
    /// <summary>Page views.</summary>
    public long? Views { get; init; }

    /// <summary>Votes or likes.</summary>
    public long? Votes { get; init; }

    /// <summary>Comments.</summary>
    public long? Comments { get; init; }

    /// <summary>Clicks.</summary>
    public long? Clicks { get; init; }

    /// <summary>Returns the signals and adds a fault for each negative one.</summary>
    internal Signals Parse(string prefix, List<string> faults)
    {
        foreach (var (name, value) in new[] { ("views", Views), ("votes", Votes), ("comments", Comments), ("clicks", Clicks) })
        {
            if (value < 0)
            {
                faults.Add($"{prefix}{name}: 0 or more");
            }
        }

        return new Signals(Views, Votes, Comments, Clicks);
    }
}
