using System.Text.Json;
using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>Reads JSON Feed 1.0 and 1.1 (jsonfeed.org). Members of the wrong type count as missing.</summary>
internal static class JsonEntries
{
    public static IEnumerable<Func<FeedEntry?>> Read(JsonElement root, Uri address, FeedDates dates)
    {
        if (Text(root, "version")?.Contains("jsonfeed.org/version/", StringComparison.OrdinalIgnoreCase) is not true
            || !root.TryGetProperty("items", out var items) || items.ValueKind != JsonValueKind.Array)
        {
            throw new FeedFault("not a feed: JSON, but not JSON Feed") { Problem = FeedProblem.NoFeed };
        }

        var (language, authors, page) = (Text(root, "language"), Authors(root), Links.Resolve(address, Text(root, "home_page_url")));
        return items.EnumerateArray()
            .Select<JsonElement, Func<FeedEntry?>>(item => () => Item(item, address, language, authors, page, dates));
    }

    /// <summary>The title of the feed.</summary>
    public static string Title(JsonElement root) => ContentText.Line(Text(root, "title"), ContentText.MaxName);

    private static FeedEntry? Item(
        JsonElement item, Uri address, string? language, string? authors, string? page, FeedDates dates)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var html = new HtmlText(Text(item, "content_html"));
        var summary = Text(item, "summary") ?? Text(item, "content_text");
        var published = dates.Read(item, "date_published");
        var updated = dates.Read(item, "date_modified");
        return new FeedEntry
        {
            Link = Links.Resolve(address, Text(item, "url"))
                ?? (Text(item, "id") is { } id && id.Contains("://", StringComparison.Ordinal) ? Links.Resolve(address, id) : null)
                ?? Links.Resolve(address, Text(item, "external_url")),
            Id = Text(item, "id"),
            FeedPage = page,
            Title = Text(item, "title") ?? "",
            Summary = summary ?? html.Line(ContentText.MaxSummary),
            Byline = Authors(item) ?? authors,
            Section = Strings(item, "tags").Select(Sections.Name).FirstOrDefault(section => section is not null),
            Languages = [Text(item, "language"), language],
            Image = MediaRss.Plain(address, Text(item, "image")) ?? MediaRss.Plain(address, Text(item, "banner_image"))
                ?? Attachment(item, address) ?? html.Image(address),
            Published = published ?? updated,
            Updated = updated,
        };
    }

    private static StoryImage? Attachment(JsonElement item, Uri address) =>
        item.TryGetProperty("attachments", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
                .Where(one => one.ValueKind == JsonValueKind.Object && MediaRss.IsPicture(Text(one, "mime_type"), Text(one, "url")))
                .Select(one => MediaRss.Plain(address, Text(one, "url"), Text(one, "title"))).FirstOrDefault(image => image is not null)
            : null;

    // Version 1.1 has authors, 1.0 has author.
    private static string? Authors(JsonElement owner)
    {
        var many = owner.TryGetProperty("authors", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(author => author.ValueKind == JsonValueKind.Object).Select(author => Text(author, "name"))
            : [];
        var one = owner.TryGetProperty("author", out var single) && single.ValueKind == JsonValueKind.Object ? Text(single, "name") : null;
        return Bylines.Join(many.Append(one));
    }

    private static IEnumerable<string> Strings(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(Text).OfType<string>()
            : [];

    private static string? Text(JsonElement owner, string name) => owner.TryGetProperty(name, out var value) ? Text(value) : null;

    private static string? Text(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return value.GetString() is { } text && text.AsSpan().Trim().Length > 0 ? text.Trim() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // an escaped half of a surrogate pair
        }
    }
}
