using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>An entry of a feed of any format, with resolved links.</summary>
internal sealed record FeedEntry
{
    /// <summary>Absolute link; null if there is no usable one.</summary>
    public string? Link { get; init; }

    /// <summary>The title as plain text.</summary>
    public string Title { get; init; } = "";

    public string Summary { get; init; } = "";

    public string? Byline { get; init; }

    public string? Section { get; init; }

    public string? Language { get; init; }

    public StoryImage? Image { get; init; }

    public DateTimeOffset? Published { get; init; }

    public DateTimeOffset? Updated { get; init; }

    public Signals Signals { get; init; } = Signals.None;

    /// <summary>The story; null if the entry has no usable link or title.</summary>
    public Story? ToStory(Feed feed, DateTimeOffset now)
    {
        var title = ContentText.Line(Title, ContentText.MaxTitle);
        return title.Length == 0 || !CanonicalUrl.TryParse(Link, out var url) ? null : new Story
        {
            Id = StoryId.From(url),
            Kind = feed.Kind,
            Url = url,
            Title = title,
            Summary = ContentText.Line(Summary, ContentText.MaxSummary),
            Byline = ContentText.LineOrNull(Byline, ContentText.MaxName),
            Section = ContentText.LineOrNull(Section, ContentText.MaxName),
            Language = LanguageTag.Parse(Language),
            Image = Image,
            Source = feed.Id,
            Published = Published ?? now,
            Updated = Updated,
            FirstSeen = now,
            Signals = Signals,
        };
    }
}
