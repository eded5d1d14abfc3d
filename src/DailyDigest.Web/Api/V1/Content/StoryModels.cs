using System.ComponentModel;
using DailyDigest.Content;
using DailyDigest.Digests;

namespace DailyDigest.Web;

[Description("A story.")]
internal sealed record ApiStory(
    [property: Description("32 hexadecimal digits that never change.")] string Id,
    [property: Description("The address that readers get.")] string Url,
    [property: Description("Plain text.")] string Title,
    [property: Description("Plain text; empty if the source has none.")] string Summary,
    [property: Description("The author.")] string? Byline,
    [property: Description("The section.")] string? Section,
    [property: Description("BCP 47 tag.")] string? Language,
    [property: Description("article or blog-post.")] StoryKind Kind,
    [property: Description("A feed's id, or api.")] string Source,
    [property: Description("When it was published.")] DateTimeOffset Published,
    [property: Description("True if its source gives no date, so that it may be old and is no news.")] bool Undated,
    [property: Description("When its source last changed it.")] DateTimeOffset? Updated,
    [property: Description("When it was first seen.")] DateTimeOffset FirstSeen,
    [property: Description("The address of its picture.")] string? Image,
    [property: Description("Page views.")] long? Views,
    [property: Description("Votes or likes.")] long? Votes,
    [property: Description("Comments.")] long? Comments,
    [property: Description("Clicks.")] long? Clicks,
    [property: Description("True if an editor hides it from every digest.")] bool Hidden,
    [property: Description("True if it is pinned for the next digest.")] bool Pinned,
    [property: Description("The version, for If-Match. Polls and signals leave it as it is.")] string Etag,
    [property: Description("Its place for the home cohort; left out where it is not looked up.")] ApiStoryPlace? Place)
{
    public static ApiStory Of(Story story, StoryStanding? standing = null) => new(
        story.Id, story.Url, story.Title, story.Summary, story.Byline, story.Section, story.Language, story.Kind, story.Source,
        story.Published, story.IsUndated, story.Updated, story.FirstSeen, story.Image?.Url, story.Signals.Views, story.Signals.Votes,
        story.Signals.Comments, story.Signals.Clicks, story.Desk.Dropped, story.Desk.Pinned, ApiTag.Of(story.Version),
        standing is null ? null : ApiStoryPlace.Of(standing));
}

[Description("The place of a story for readers of the home cohort.")]
internal sealed record ApiStoryPlace(
    [property: Description("none, hidden, coming, sent, folded (told by another story) or passed-over.")] StoryPlace Place,
    [property: Description("The language that these readers chose.")] string? Language,
    [property: Description("The local date of the digest.")] DateOnly? Date,
    [property: Description("The place in the next digest, from 1; 0 for none.")] int Position,
    [property: Description("Why it is passed over.")] string? Reason,
    [property: Description("The story that tells it.")] string? Into)
{
    public static ApiStoryPlace Of(StoryStanding one) => new(one.Place, one.Language, one.Date, one.Position, one.Reason, one.Into);
}

[Description("A digest that a story was in.")]
internal sealed record ApiStorySent(
    [property: Description("The cohort.")] string Cohort,
    [property: Description("The language that its readers chose.")] string? Language,
    [property: Description("The local date.")] DateOnly Date,
    [property: Description("The story that told it, if it was the same news.")] string? Into);

[Description("A story, its places in the next digests, and where it was sent.")]
internal sealed record ApiStoryFile(
    [property: Description("The story.")] ApiStory Story,
    [property: Description("Its places in the next digests of the home cohort.")] IReadOnlyList<ApiStoryPlace> Next,
    [property: Description("The digests that it was in, the latest first.")] IReadOnlyList<ApiStorySent> Sent,
    [property: Description("Cohorts that were not looked at, because there are many.")] int NotLookedAt);

[Description("An editor's section.")]
internal sealed record ApiStoryChange
{
    [Description("The section; it stays, whatever the source says later. Empty for the source's own.")]
    public required string Section { get; init; }
}
