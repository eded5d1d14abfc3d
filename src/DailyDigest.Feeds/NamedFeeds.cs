using AngleSharp.Html.Parser;

namespace DailyDigest.Feeds;

/// <summary>Finds the feeds that a page names: <c>link rel=alternate</c> with the type of a feed.</summary>
internal static class NamedFeeds
{
    private const int Max = 5;

    private static readonly string[] Types =
        ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"];

    /// <summary>The absolute URLs, in the page's order, at most five. Reads the beginning of the page only.</summary>
    public static IReadOnlyList<string> Of(string html, Uri url)
    {
        var head = html.Length > FeedLimits.MaxHtml ? html[..FeedLimits.MaxHtml] : html;
        return
        [
            .. new HtmlParser().ParseDocument(head).QuerySelectorAll("link[rel~=alternate i][type][href]")
                .Where(link => Types.Contains(link.GetAttribute("type")!.Trim(), StringComparer.OrdinalIgnoreCase))
                .Select(link => Links.Resolve(url, link.GetAttribute("href"))).OfType<string>().Distinct().Take(Max),
        ];
    }
}
