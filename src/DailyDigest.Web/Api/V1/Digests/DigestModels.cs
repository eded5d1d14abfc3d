using System.ComponentModel;
using DailyDigest.Digests;
using DailyDigest.Edits;
using DailyDigest.Selection;

namespace DailyDigest.Web;

[Description("A story of a digest, and why it is there.")]
internal sealed record ApiDigestItem(
    [property: Description("The story.")] string Story,
    [property: Description("Its title in this digest.")] string Title,
    [property: Description("Its URL.")] string Url,
    [property: Description("Its section.")] string? Section,
    [property: Description("The feed that brought it.")] string Source,
    [property: Description("The rank value; higher is earlier.")] double Score,
    [property: Description("The terms of the score as sentences.")] IReadOnlyList<string> Reasons,
    [property: Description("Other sources of the same news.")] IReadOnlyList<string> AlsoIn)
{
    public static ApiDigestItem Of(DigestItem item) => new(
        item.Story.Id, item.Story.Title, item.Story.Url, item.Story.Section, item.Story.Source, item.Score, item.Reasons, item.AlsoIn);
}

[Description("A story that was not taken.")]
internal sealed record ApiPassedOver(
    [property: Description("The story.")] string Story,
    [property: Description("Its title.")] string Title,
    [property: Description("The rank value that it would have.")] double Score,
    [property: Description("Why it was not taken.")] string Reason)
{
    public static ApiPassedOver Of(PassedOver one) => new(one.StoryId, one.Title, one.Score, one.Reason);
}

[Description("A digest of the list.")]
internal sealed record ApiDigestLine(
    [property: Description("The local date.")] DateOnly Date,
    [property: Description("The cohort.")] string Cohort,
    [property: Description("True if it is the digest of the publication's own cohort, which the archive shows.")] bool IsHome,
    [property: Description("When it was made; left out if the date has more than ten digests and this one was not read.")]
    DateTimeOffset? FrozenAt,
    [property: Description("Why nothing is sent.")] string? Skipped,
    [property: Description("How many stories it has.")] int? Stories,
    [property: Description("The title of its first story.")] string? First);

[Description("A digest that was made.")]
internal sealed record ApiDigest(
    [property: Description("The local date.")] DateOnly Date,
    [property: Description("The cohort.")] string Cohort,
    [property: Description("When it was made.")] DateTimeOffset FrozenAt,
    [property: Description("Why nothing is sent.")] string? Skipped,
    [property: Description("Who approved it, or that nobody did.")] string? Approval,
    [property: Description("Its stories in order.")] IReadOnlyList<ApiDigestItem> Items,
    [property: Description("Stories that were not taken, the best first.")] IReadOnlyList<ApiPassedOver> PassedOver)
{
    public static ApiDigest Of(Digest digest) => new(
        digest.Date, digest.Cohort, digest.FrozenAt, digest.Skipped, digest.Approval, [.. digest.Items.Select(ApiDigestItem.Of)],
        [.. digest.PassedOver.Select(ApiPassedOver.Of)]);
}

[Description("The digest to come as it would be made now, with the decisions of editors.")]
internal sealed record ApiDraft(
    [property: Description("The local date.")] DateOnly Date,
    [property: Description("The hour of the home cohort on the date.")] DateTimeOffset? Due,
    [property: Description("True if it was made, and no longer changes.")] bool IsFrozen,
    [property: Description("True if it waits for an approval.")] bool NeedsApproval,
    [property: Description("Who approved it.")] string? ApprovedBy,
    [property: Description("Why nothing would be sent.")] string? Skipped,
    [property: Description("Its stories in order.")] IReadOnlyList<ApiDigestItem> Items,
    [property: Description("Stories that are not taken, the best first.")] IReadOnlyList<ApiPassedOver> PassedOver,
    [property: Description("Stories about which editors decided.")] IReadOnlyDictionary<string, ApiStoryEdit> Edits,
    [property: Description("Stands for the stories of every digest of the date: send it back to approve them.")] string Mark,
    [property: Description("The version of the decisions, for If-Match.")] string Etag);

[Description("The decision of editors about a story in one digest. What is left out is as its source wrote it.")]
internal sealed record ApiStoryEdit
{
    [Description("True: it comes first.")]
    public bool Pinned { get; init; }

    [Description("True: it is not in it.")]
    public bool Dropped { get; init; }

    [Description("Its score is multiplied by this; 1 if it is left out.")]
    public double? Boost { get; init; }

    [Description("Another title.")]
    public string? Title { get; init; }

    [Description("Another teaser.")]
    public string? Teaser { get; init; }

    [Description("True: no picture.")]
    public bool NoImage { get; init; }

    public static ApiStoryEdit Of(StoryEdit edit) => new()
    {
        Pinned = edit.Pinned,
        Dropped = edit.Dropped,
        Boost = edit.Boost,
        Title = edit.Title,
        Teaser = edit.Summary,
        NoImage = edit.NoImage,
    };

    public StoryEdit With(StoryEdit before) => before with
    {
        Pinned = Pinned,
        Dropped = Dropped,
        Boost = Boost ?? 1,
        Title = Title,
        Summary = Teaser,
        NoImage = NoImage,
        Image = NoImage ? null : before.Image,
    };
}

[Description("The order of stories.")]
internal sealed record ApiOrder
{
    [Description("Ids of stories. Those that are left out keep their order behind them.")]
    public required IReadOnlyList<string> Stories { get; init; }
}

[Description("Subject and preview text of the mail in one language.")]
internal sealed record ApiTexts
{
    [Description("The subject; the product's own if it is left out.")]
    public string? Subject { get; init; }

    [Description("The preview text; the product's own if it is left out.")]
    public string? Preheader { get; init; }
}

[Description("An approval of the stories that were seen.")]
internal sealed record ApiApprove
{
    [Description("The mark of the draft that was seen.")]
    public required string Mark { get; init; }
}

[Description("A test mail.")]
internal sealed record ApiTestMail
{
    [Description("The address that gets it.")]
    public required string To { get; init; }

    [Description("The language of the mail; the publication's first if it is left out.")]
    public string? Language { get; init; }
}

[Description("A mail, with links that lead to the front page instead of a reader's own.")]
internal sealed record ApiMail(
    [property: Description("The subject.")] string Subject,
    [property: Description("The mail as HTML.")] string Html,
    [property: Description("The mail as text.")] string Text);
