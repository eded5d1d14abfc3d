using System.Xml.Linq;
using DailyDigest.Calendar;
using DailyDigest.Content;
using static DailyDigest.Feeds.FeedXml;

namespace DailyDigest.Feeds;

/// <summary>Reads Media RSS (search.yahoo.com/mrss) in an entry: the picture and the counts.</summary>
internal static class MediaRss
{
    private const int MinPixels = 50;

    private static readonly string[] Pictures = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"];

    /// <summary>
    /// The widest picture of media:content, otherwise of media:thumbnail; null if none. Caption and credit are from the picture, its group
    /// or the entry.
    /// </summary>
    public static StoryImage? Image(XElement entry, Uri address)
    {
        var media = entry.Elements(Media + "group").Prepend(entry).ToArray();
        return Widest(media.SelectMany(scope => scope.Elements(Media + "content")).Where(IsPicture), entry, address)
            ?? Widest(media.SelectMany(scope => scope.Descendants(Media + "thumbnail")), entry, address);
    }

    /// <summary>Views and favourites of media:community, comments of slash:comments or thr:total.</summary>
    public static Signals Signals(XElement entry)
    {
        var statistics = entry.Descendants(Media + "statistics").FirstOrDefault();
        return new Signals(
            Views: Links.Total(statistics?.Attribute("views")?.Value),
            Votes: Links.Total(statistics?.Attribute("favorites")?.Value),
            Comments: Links.Total(entry.Text(Slash + "comments")) ?? Links.Total(entry.Text(Threads + "total")));
    }

    /// <summary>media:description of the entry or of its group, not of a picture; empty if none.</summary>
    public static string Description(XElement entry) => entry.Elements(Media + "group").Prepend(entry)
        .Select(scope => new HtmlText(scope.Html(Media + "description")).Line(ContentText.MaxSummary))
        .FirstOrDefault(text => text.Length > 0) ?? "";

    /// <summary>A picture that has nothing but an address; null if the address is not usable.</summary>
    public static StoryImage? Plain(Uri address, string? url, string? alt = null) =>
        Links.Resolve(address, url) is { } link && !HtmlPicture.IsPixel(link)
            ? new StoryImage(link, ContentText.Line(alt, ContentText.MaxTitle), null, null, null, null) : null;

    /// <summary>True for an attachment that is a picture by its type, or by its address if it has none.</summary>
    public static bool IsPicture(string? type, string? url) => !string.IsNullOrWhiteSpace(type)
        ? type.TrimStart().StartsWith("image/", StringComparison.OrdinalIgnoreCase)
        : url is not null && Pictures.Any(end => url.Split('?', '#')[0].EndsWith(end, StringComparison.OrdinalIgnoreCase));

    private static StoryImage? Widest(IEnumerable<XElement> candidates, XElement entry, Uri address)
    {
        StoryImage? best = null;
        foreach (var candidate in candidates.Take(20))
        {
            var width = Links.Pixels(candidate.Attribute("width")?.Value);
            if (Links.Resolve(address, candidate.Attribute("url")?.Value) is not { } url || width < MinPixels || HtmlPicture.IsPixel(url))
            {
                continue;
            }

            if (best is null || width > (best.Width ?? 0))
            {
                var title = Nearest(candidate, entry, "title", ContentText.MaxTitle);
                var description = Nearest(candidate, entry, "description", ContentText.MaxSummary);
                best = new StoryImage(
                    url,
                    description is null ? "" : title ?? "",
                    description ?? title,
                    Nearest(candidate, entry, "credit", ContentText.MaxName),
                    width,
                    Links.Pixels(candidate.Attribute("height")?.Value));
            }
        }

        return best;
    }

    private static bool IsPicture(XElement content) => content.Attribute("medium")?.Value is { Length: > 0 } medium
        ? medium == "image" : IsPicture(content.Attribute("type")?.Value, content.Attribute("url")?.Value);

    private static string? Nearest(XElement candidate, XElement entry, string name, int max)
    {
        for (var scope = candidate; scope is not null; scope = scope == entry ? null : scope.Parent)
        {
            if (scope.Text(Media + name) is { } text)
            {
                var line = new HtmlText(text).Line(max);
                return line.Length > 0 ? line : null;
            }
        }

        return null;
    }
}
