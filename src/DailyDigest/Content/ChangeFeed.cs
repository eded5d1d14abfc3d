namespace DailyDigest.Content;

/// <summary>The settings of a feed that an editor can change.</summary>
/// <param name="Name">The name for operators and readers; empty for the feed's own title.</param>
/// <param name="Kind">The kind of its items.</param>
/// <param name="Ranked">True if its order is its editors' ranking.</param>
/// <param name="Section">The section of stories for which it names none; null for none.</param>
/// <param name="Language">The language of stories for which it names none; null for none.</param>
public sealed record FeedSettings(string Name, StoryKind Kind, bool Ranked, string? Section, string? Language)
{
    /// <summary>The settings of a feed.</summary>
    public static FeedSettings Of(Feed feed) => new(feed.Name, feed.Kind, feed.Ranked, feed.Section, feed.Language);

    /// <summary>Reads what a person typed. One line per fault, which begins with the field's name.</summary>
    public static FeedSettings Parse(
        string? name, string? kind, bool ranked, string? section, string? language, ICollection<string> faults)
    {
        var known = string.IsNullOrWhiteSpace(kind) ? StoryKind.Article : StoryKinds.Parse(kind);
        if (known is null)
        {
            faults.Add("kind: article or blog-post");
        }

        var tag = string.IsNullOrWhiteSpace(language) ? null : LanguageTag.Parse(language);
        if (tag is null && !string.IsNullOrWhiteSpace(language))
        {
            faults.Add("language: a BCP 47 tag such as en or ar-EG");
        }

        return new FeedSettings(
            ContentText.Line(name, ContentText.MaxName), known ?? StoryKind.Article, ranked,
            ContentText.LineOrNull(section, ContentText.MaxName), tag);
    }

    /// <summary>The feed with these settings. An empty name changes nothing.</summary>
    internal Feed Apply(Feed feed) => feed with
    {
        Name = Name.Length > 0 ? Name : feed.Name,
        Kind = Kind,
        Ranked = Ranked,
        Section = Section,
        Language = Language,
    };

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Name}: {StoryKinds.Words(Kind)}{(Ranked ? ", ranked" : "")}{(Section is null ? "" : $", section {Section}")}"
        + (Language is null ? "" : $", language {Language}");
}

/// <summary>The outcome of <see cref="ChangeFeed"/>.</summary>
public abstract record ChangeFeedOutcome
{
    private ChangeFeedOutcome() { }

    /// <summary>The feed before and after.</summary>
    public sealed record Changed(Feed Before, Feed After) : ChangeFeedOutcome;

    /// <summary>There is no such feed.</summary>
    public sealed record NotFound : ChangeFeedOutcome;

    /// <summary>Another editor changed it since it was shown.</summary>
    public sealed record Outdated(Feed Now) : ChangeFeedOutcome;
}

/// <summary>Changes what editors say about a feed, pauses it, or ends the pause.</summary>
public sealed class ChangeFeed(FeedStore feeds, FeedsOptions options, TimeProvider time)
{
    /// <summary>True if the settings of the program name the feed: they then decide its name, kind and ranking.</summary>
    public bool IsConfigured(Feed feed) => options.Sources.Any(source => Feed.IdOf(source.Url.Trim()) == feed.Id);

    /// <summary>Changes the feed.</summary>
    /// <param name="id">The feed.</param>
    /// <param name="version">The <see cref="Feed.Version"/> that the editor saw; null to change it in any case.</param>
    /// <param name="settings">The new settings; null for those that it has.</param>
    /// <param name="paused">True to pause it, false to end the pause, null for neither.</param>
    /// <param name="cancellationToken">Cancels it; it may be stored.</param>
    public async Task<ChangeFeedOutcome> ExecuteAsync(
        string id, string? version, FeedSettings? settings, bool? paused, CancellationToken cancellationToken)
    {
        Feed? before = null;
        var (feed, isChanged) = await feeds.ChangeAsync(
            id, version,
            known =>
            {
                before = known;
                var wanted = settings?.Apply(known) ?? known;
                wanted = settings is null || !IsConfigured(known) ? wanted
                    : wanted with { Name = known.Name, Kind = known.Kind, Ranked = known.Ranked };
                wanted = paused switch
                {
                    true => wanted with { Paused = wanted.Paused ?? time.GetUtcNow() },

                    // It is polled in the next round, whatever happened before the pause.
                    false => wanted with { Paused = null, NotBefore = null },
                    null => wanted,
                };

                // The answer "not modified" would hide that stories lack the new section or language.
                return (wanted.Section, wanted.Language) == (known.Section, known.Language) ? wanted
                    : wanted with { ETag = null, LastModified = null };
            },
            cancellationToken);
        return feed is null ? new ChangeFeedOutcome.NotFound()
            : isChanged ? new ChangeFeedOutcome.Changed(before!, feed) : new ChangeFeedOutcome.Outdated(feed);
    }
}
