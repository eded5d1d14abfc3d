using System.Xml.Linq;
using DailyDigest.Calendar;
using DailyDigest.Content;
using static DailyDigest.Feeds.FeedXml;

namespace DailyDigest.Feeds;

/// <summary>Reads Media RSS (search.yahoo.com/mrss) in an entry: the picture and the counts.</summary>
internal static class MediaRss
{
    private static readonly string[] Pictures = [".jpg", ".jpeg", ".png", ".webp", ".gif"];

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

    private static StoryImage? Widest(IEnumerable<XElement> candidates, XElement entry, Uri address)
    {
        StoryImage? best = null;
        foreach (var candidate in candidates.Take(20))
        {
            if (Links.Resolve(address, candidate.Attribute("url")?.Value) is not { } url)
            {
                continue;
            }

            var width = Links.Pixels(candidate.Attribute("width")?.Value);
            if (best is null || width > best.Width)
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

    private static bool IsPicture(XElement content)
    {
        var (medium, type) = (content.Attribute("medium")?.Value, content.Attribute("type")?.Value);
        return medium is not null ? medium == "image"
            : type is not null ? type.StartsWith("image/", StringComparison.OrdinalIgnoreCase)
            : content.Attribute("url")?.Value is { } url
                && Pictures.Any(end => url.Split('?')[0].EndsWith(end, StringComparison.OrdinalIgnoreCase));
    }

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
