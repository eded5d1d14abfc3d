using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Content;

/// <summary>Converts a story to a row of table Stories and back.</summary>
internal static class StoryRows
{
    public static TableRow ToRow(Story story)
    {
        var row = new TableRow(story.Id)
        {
            { "kind", story.Kind.ToString() },
            { "url", story.Url },
            { "title", story.Title },
            { "summary", story.Summary.Length > 0 ? story.Summary : null },
            { "byline", story.Byline },
            { "section", story.Section },
            { "language", story.Language },
            { "source", story.Source },
            { "published", story.Published },
            { "undated", story.IsUndated ? true : null },
            { "updated", story.Updated },
            { "firstSeen", story.FirstSeen },
            { "views", story.Signals.Views },
            { "votes", story.Signals.Votes },
            { "comments", story.Signals.Comments },
            { "clicks", story.Signals.Clicks },
            { "position", story.Signals.FeedPosition },
            { "pinned", story.Desk.Pinned ? true : null },
            { "dropped", story.Desk.Dropped ? true : null },
            { "deskSection", story.Desk.Section },
            { "boost", story.Desk.Boost is 1 ? null : story.Desk.Boost },
        };
        if (story.Image is { } image)
        {
            row.Add("image", image.Url);
            row.Add("imageAlt", image.Alt.Length > 0 ? image.Alt : null);
            row.Add("imageCaption", image.Caption);
            row.Add("imageCredit", image.Credit);
            row.Add("imageWidth", image.Width);
            row.Add("imageHeight", image.Height);
        }

        return row;
    }

    /// <summary>The row on another day that refers to the story.</summary>
    public static TableRow ToPointer(StoryDates dates) => new(dates.Id) { { "home", dates.Home.Text() } };

    /// <summary>True for a row that <see cref="ToPointer"/> made.</summary>
    public static bool IsPointer(TableRow row) => row.Text("home") is not null && row.Text("url") is null && StoryId.Is(row.Key);

    /// <summary>The story, or null if the row cannot be read as one.</summary>
    public static Story? FromRow(TableRow row)
    {
        if (!StoryId.Is(row.Key) || !Enum.TryParse<StoryKind>(row.Text("kind"), out var kind) || !Enum.IsDefined(kind)
            || row.Text("url") is not { Length: > 0 } url || !IsHttp(url) || row.Text("title") is not { Length: > 0 } title
            || row.Text("source") is not { Length: > 0 } source
            || row.Instant("published") is not { } published || row.Instant("firstSeen") is not { } firstSeen)
        {
            return null;
        }

        return new Story
        {
            Id = row.Key,
            Kind = kind,
            Url = url,
            Title = title,
            Summary = row.Text("summary") ?? "",
            Byline = row.Text("byline"),
            Section = row.Text("section"),
            Language = row.Text("language"),
            Image = Image(row),
            Source = source,
            Published = published,
            IsUndated = row.Flag("undated"),
            Updated = row.Instant("updated"),
            FirstSeen = firstSeen,
            Signals = new Signals(
                row.Whole("views"), row.Whole("votes"), row.Whole("comments"), row.Whole("clicks"), PositiveInt(row, "position")),
            Desk = new Desk(
                row.Flag("pinned"), row.Flag("dropped"), row.Real("boost") is { } boost and > 0 and < double.MaxValue ? boost : 1,
                row.Text("deskSection")),
        };
    }

    /// <summary>Noon of the UTC day.</summary>
    public static DateTimeOffset Noon(DateOnly date) => new(date.ToDateTime(new TimeOnly(12, 0)), TimeSpan.Zero);

    private static StoryImage? Image(TableRow row) => row.Text("image") is { } url && IsHttp(url)
        ? new StoryImage(
            url,
            row.Text("imageAlt") ?? "",
            row.Text("imageCaption"),
            row.Text("imageCredit"),
            PositiveInt(row, "imageWidth"),
            PositiveInt(row, "imageHeight"))
        : null;

    private static bool IsHttp(string url) =>
        url.StartsWith("https://", StringComparison.Ordinal) || url.StartsWith("http://", StringComparison.Ordinal);

    private static int? PositiveInt(TableRow row, string name) =>

        row.Whole(name) is { } number and > 0 and <= int.MaxValue ? (int)number : null;
}
