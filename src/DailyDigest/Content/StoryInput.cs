namespace DailyDigest.Content;

/// <summary>A story as <c>POST /api/stories</c> brings it: raw, plain text (no HTML), nothing checked.</summary>
public sealed record StoryInput
{
    /// <summary>Absolute http(s) URL; the story's identity. Required.</summary>
    public string? Url { get; init; }

    /// <summary>Plain text. Required.</summary>
    public string? Title { get; init; }

    /// <summary>Plain text.</summary>
    public string? Summary { get; init; }

    /// <summary>Who wrote it.</summary>
    public string? Byline { get; init; }

    /// <summary>Section name.</summary>
    public string? Section { get; init; }

    /// <summary>BCP 47 tag.</summary>
    public string? Language { get; init; }

    /// <summary>article (default) or blog-post.</summary>
    public string? Kind { get; init; }

    /// <summary>ISO 8601 instant with zone; without one, the instant of the first push.</summary>
    public string? Published { get; init; }

    /// <summary>ISO 8601 instant with zone.</summary>
    public string? Updated { get; init; }

    /// <summary>The lead image.</summary>
    public ImageInput? Image { get; init; }

    /// <summary>What is known of its reception.</summary>
    public SignalsInput? Signals { get; init; }
}

/// <summary>A lead image as the API brings it.</summary>
public sealed record ImageInput
{
    /// <summary>Absolute http(s) URL. Required.</summary>
    public string? Url { get; init; }

    /// <summary>Text for those who do not see it.</summary>
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

/// <summary>Signals as the API brings them: totals, not increments; what is absent stays as it is known.</summary>
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

    /// <summary>The signals; faults are added, one per field that is negative.</summary>
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
