using System.Globalization;
using System.Text.RegularExpressions;

namespace DailyDigest.Content;

/// <summary>The outcome of <see cref="AcceptStory"/>.</summary>
public abstract record AcceptStoryOutcome
{
    private AcceptStoryOutcome() { }

    /// <summary>The story is stored under this id.</summary>
    public sealed record Accepted(string Id, UpsertOutcome Upsert) : AcceptStoryOutcome;

    /// <summary>Nothing was stored. One line per fault, which begins with the field's name.</summary>
    public sealed record Refused(IReadOnlyList<string> Faults) : AcceptStoryOutcome;
}

/// <summary>Stores a pushed story. Idempotent. Text that is too long is cut, as in feeds.</summary>
public sealed partial class AcceptStory(StoryStore stories, TimeProvider time)
{
    /// <summary><see cref="Story.Source"/> of pushed stories.</summary>
    public const string Source = "api";

    private static readonly string[] InstantFormats =
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    /// <summary>Validates and stores the story, or returns its faults.</summary>
    public async Task<AcceptStoryOutcome> ExecuteAsync(StoryInput input, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        var story = Parse(input, faults);
        return story is null || faults.Count > 0
            ? new AcceptStoryOutcome.Refused(faults)
            : new AcceptStoryOutcome.Accepted(story.Id, await stories.UpsertAsync(story, cancellationToken));
    }

    private Story? Parse(StoryInput input, List<string> faults)
    {
        if (!CanonicalUrl.TryStory(input.Url, out var page, out var url))
        {
            faults.Add("url: an absolute http(s) URL of at most 2,000 characters");
        }

        var title = ContentText.Line(input.Title, ContentText.MaxTitle);
        if (title.Length == 0)
        {
            faults.Add("title: plain text, not empty");
        }

        var kind = string.IsNullOrWhiteSpace(input.Kind) ? StoryKind.Article : StoryKinds.Parse(input.Kind);
        if (kind is null)
        {
            faults.Add("kind: article or blog-post");
        }

        var language = string.IsNullOrWhiteSpace(input.Language) ? null : LanguageTag.Parse(input.Language);
        if (language is null && !string.IsNullOrWhiteSpace(input.Language))
        {
            faults.Add("language: a BCP 47 tag such as en or ar-EG");
        }

        var now = time.GetUtcNow();
        var published = Instant("published", input.Published, faults);
        var updated = Instant("updated", input.Updated, faults);
        var image = Image(input.Image, faults);
        var signals = input.Signals?.Parse("signals.", faults) ?? Signals.None;
        return faults.Count > 0 ? null : new Story
        {
            Id = StoryId.From(page),
            Kind = kind!.Value,
            Url = url,
            Title = title,
            Summary = ContentText.Line(input.Summary, ContentText.MaxSummary),
            Byline = ContentText.LineOrNull(input.Byline, ContentText.MaxName),
            Section = ContentText.LineOrNull(input.Section, ContentText.MaxName),
            Language = language,
            Image = image,
            Source = Source,
            Published = published ?? now,
            Updated = updated,
            FirstSeen = now,
            Signals = signals,
        };
    }

    private static StoryImage? Image(ImageInput? input, List<string> faults)
    {
        if (input is null)
        {
            return null;
        }

        if (!CanonicalUrl.TryLink(input.Url, out var url))
        {
            faults.Add("image.url: an absolute http(s) URL of at most 2,000 characters");
        }

        foreach (var (name, pixels) in new[] { ("width", input.Width), ("height", input.Height) })
        {
            if (pixels is < 1 or > 100_000)
            {
                faults.Add($"image.{name}: 1 to 100,000 pixels");
            }
        }

        return new StoryImage(
            url,
            ContentText.Line(input.Alt, ContentText.MaxTitle),
            ContentText.LineOrNull(input.Caption, ContentText.MaxSummary),
            ContentText.LineOrNull(input.Credit, ContentText.MaxName),
            input.Width,
            input.Height);
    }

    private static DateTimeOffset? Instant(string name, string? text, List<string> faults)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        // The format K also accepts a text without a zone and reads it in the server's zone. Require Z or an offset.
        if (HasZone().IsMatch(text.Trim())
            && DateTimeOffset.TryParseExact(
                text.Trim(), InstantFormats, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var instant)
            && instant.Year is >= 1990 and <= 2200)
        {
            return instant;
        }

        faults.Add($"{name}: an ISO 8601 instant with its zone, such as 2026-03-01T06:30:00Z");
        return null;
    }

    [GeneratedRegex(@"(Z|[+-]\d\d:\d\d)$", RegexOptions.NonBacktracking)]
    private static partial Regex HasZone();
}
