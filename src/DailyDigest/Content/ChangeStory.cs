namespace DailyDigest.Content;

/// <summary>The outcome of <see cref="ChangeStory"/>.</summary>
public abstract record ChangeStoryOutcome
{
    private ChangeStoryOutcome() { }

    /// <summary>The story before and after.</summary>
    public sealed record Changed(Story Before, Story After) : ChangeStoryOutcome;

    /// <summary>There is no such story.</summary>
    public sealed record NotFound : ChangeStoryOutcome;

    /// <summary>Another editor decided about it since it was shown.</summary>
    public sealed record Outdated : ChangeStoryOutcome;
}

/// <summary>
/// Hides a story from every digest, restores it, or gives it another section. The decision outlasts what its source says later.
/// </summary>
public sealed class ChangeStory(StoryStore stories)
{
    /// <summary>Changes the story.</summary>
    /// <param name="id">The story.</param>
    /// <param name="version">The <see cref="Story.Version"/> that the editor saw; null to change it in any case.</param>
    /// <param name="hidden">True to hide it, false to restore it, null for neither.</param>
    /// <param name="section">
    /// The section; null for no change; empty for the source's own, which returns when its feed is read with a change.
    /// </param>
    /// <param name="cancellationToken">Cancels it; it may be stored.</param>
    public async Task<ChangeStoryOutcome> ExecuteAsync(
        string id, string? version, bool? hidden, string? section, CancellationToken cancellationToken)
    {
        var wanted = ContentText.LineOrNull(section, ContentText.MaxName);
        var (before, after) = ((Story?)null, (Story?)null);
        var change = await stories.EditAsync(
            id,
            known =>
            {
                before = known;
                var desk = known.Desk with
                {
                    Dropped = hidden ?? known.Desk.Dropped,
                    Section = section is null ? known.Desk.Section : wanted,
                };
                return after = version is not null && version != known.Version ? known
                    : known with { Desk = desk, Section = section is null ? known.Section : wanted ?? known.Section };
            },
            cancellationToken);
        return change == StoryChange.NotFound ? new ChangeStoryOutcome.NotFound()
            : version is not null && version != before!.Version ? new ChangeStoryOutcome.Outdated()
            : new ChangeStoryOutcome.Changed(before!, after!);
    }
}
