using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>An entry of a feed of any format, with resolved links.</summary>
internal sealed record FeedEntry
{
    /// <summary>Absolute link; null if there is no usable one.</summary>
    public string? Link { get; init; }

    /// <summary>The guid, id or rdf:about; null if none.</summary>
    public string? Id { get; init; }

    /// <summary>The page of the feed itself, an absolute link; null if the feed names none.</summary>
    public string? FeedPage { get; init; }

    /// <summary>The title as plain text.</summary>
    public string Title { get; init; } = "";

    public string Summary { get; init; } = "";

    public string? Byline { get; init; }

    public string? Section { get; init; }

    /// <summary>Labels of its language, the narrowest first, those of the feed last. The first that can be read counts.</summary>
    public IEnumerable<string?> Languages { get; init; } = [];

    public StoryImage? Image { get; init; }

    public DateTimeOffset? Published { get; init; }

    public DateTimeOffset? Updated { get; init; }

    public Signals Signals { get; init; } = Signals.None;

    /// <summary>Why no story can be made of the entry, after a number; null if one can.</summary>
    public string? Refusal => CleanTitle.Length == 0 ? "without a title"
        : !CanonicalUrl.TryStory(Link, out _, out _) ? "without a usable link" : null;

    private string CleanTitle => ContentText.Line(FeedText.WithoutDoubleEncoding(Title), ContentText.MaxTitle);

    /// <summary>The story of an entry without a <see cref="Refusal"/>.</summary>
    public Story ToStory(string id, Feed feed, DateTimeOffset now)
    {
        CanonicalUrl.TryStory(Link, out _, out var url);
        return new Story
        {
            Id = id,
            Kind = feed.Kind,
            Url = url,
            Title = CleanTitle,
            Summary = ContentText.Line(FeedText.WithoutDoubleEncoding(Summary), ContentText.MaxSummary),
            Byline = ContentText.LineOrNull(Byline is null ? null : FeedText.WithoutDoubleEncoding(Byline), ContentText.MaxName),
            Section = ContentText.LineOrNull(Section is null ? null : FeedText.WithoutDoubleEncoding(Section), ContentText.MaxName),
            Language = LanguageTag.FirstReadable(Languages),
            Image = Image,
            Source = feed.Id,
            Published = Published ?? now,
            IsUndated = Published is null,
            Updated = Updated,
            FirstSeen = now,
            Signals = Signals,
        };
    }
}
