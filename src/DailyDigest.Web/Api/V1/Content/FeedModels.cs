using System.ComponentModel;
using DailyDigest.Content;

namespace DailyDigest.Web;

[Description("A feed.")]
internal sealed record ApiFeed(
    [property: Description("12 hexadecimal digits that never change.")] string Id,
    [property: Description("The address.")] string Url,
    [property: Description("The name for editors and readers.")] string Name,
    [property: Description("The kind of its items.")] StoryKind Kind,
    [property: Description("True if its order is its editors' ranking.")] bool Ranked,
    [property: Description("The section of stories for which it names none.")] string? Section,
    [property: Description("The language of stories for which it names none, BCP 47.")] string? Language,
    [property: Description("good; odd: with remarks; new: not read yet; unsteady: the last poll failed; failing; paused.")] FeedState State,
    [property: Description("Since when it is paused.")] DateTimeOffset? Paused,
    [property: Description("The last poll.")] DateTimeOffset? LastPolled,
    [property: Description("The last poll that succeeded.")] DateTimeOffset? LastGood,
    [property: Description("Failed polls in a row.")] int Failures,
    [property: Description("The kind of the last fault.")] FeedProblem? Problem,
    [property: Description("The last fault.")] string? LastError,
    [property: Description("What the last reading found odd: repairs, refused entries.")] string? Notes,
    [property: Description("It is not polled before this instant, because it was too slow.")] DateTimeOffset? NotBefore,
    [property: Description("True if the settings of the program name it: they decide name, kind and ranking.")] bool Configured,
    [property: Description("The version, for If-Match. Polls leave it as it is.")] string Etag)
{
    public static ApiFeed Of(Feed feed, bool isConfigured) => new(
        feed.Id, feed.Url, feed.Name, feed.Kind, feed.Ranked, feed.Section, feed.Language, feed.State, feed.Paused, feed.LastPolled,
        feed.LastGood, feed.Failures, feed.Problem, feed.LastError, feed.Notes, feed.NotBefore, isConfigured, ApiTag.Of(feed.Version));
}

[Description("A feed to try or to add.")]
internal sealed record ApiNewFeed
{
    [Description("The address of a feed. To try it, that of a page that names feeds will do.")]
    public required string Url { get; init; }

    [Description("The name; the feed's own title if it is left out, or the host's.")]
    public string? Name { get; init; }

    [Description("The kind of its items; article if it is left out.")]
    public StoryKind? Kind { get; init; }

    [Description("True if its order is its editors' ranking.")]
    public bool Ranked { get; init; }

    [Description("The section of stories for which it names none.")]
    public string? Section { get; init; }

    [Description("The language of stories for which it names none, BCP 47.")]
    public string? Language { get; init; }
}

[Description("New settings. A field that is left out keeps its value.")]
internal sealed record ApiFeedChange
{
    [Description("The name.")]
    public string? Name { get; init; }

    [Description("The kind of its items.")]
    public StoryKind? Kind { get; init; }

    [Description("True if its order is its editors' ranking.")]
    public bool? Ranked { get; init; }

    [Description("The section of stories for which it names none; empty for none.")]
    public string? Section { get; init; }

    [Description("The language of stories for which it names none; empty for none.")]
    public string? Language { get; init; }
}

[Description("What a reading on trial found. Nothing of it is stored.")]
internal sealed record ApiFeedTrial(
    [property: Description("The address that was read.")] string Url,
    [property: Description("True if it can be read.")] bool Readable,
    [property: Description("The feed with this address that is polled already.")] string? Known,
    [property: Description("Why it cannot be read.")] string? Fault,
    [property: Description("The kind of the fault.")] FeedProblem? Problem,
    [property: Description("The feeds that the page names.")] IReadOnlyList<string> Named,
    [property: Description("The feed's own title.")] string? Title,
    [property: Description("RSS, Atom or JSON Feed.")] string? Format,
    [property: Description("The charset in which it was read.")] string? Charset,
    [property: Description("The address to which it moved for good.")] string? MovedTo,
    [property: Description("Stories that would be taken.")] int Stories,
    [property: Description("Entries that would be refused.")] int Refused,
    [property: Description("Repairs, reasons of refusals, entries left out.")] IReadOnlyList<string> Notes,
    [property: Description("The newest 20 of these stories.")] IReadOnlyList<ApiStory> Newest);

[Description("What a poll brought.")]
internal sealed record ApiFeedPoll(
    [property: Description("Stories in the feed.")] int Read,
    [property: Description("Stories that were new.")] int Added,
    [property: Description("Stories that changed.")] int Updated,
    [property: Description("Entries that were refused.")] int Refused,
    [property: Description("True if it was not modified since the last poll.")] bool NotModified,
    [property: Description("Why it failed.")] string? Error,
    [property: Description("Repairs, reasons of refusals, entries left out.")] string? Notes);
