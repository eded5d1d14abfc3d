using AngleSharp.Html.Parser;

namespace DailyDigest.Feeds;

/// <summary>Finds the feeds that a page names: <c>link rel=alternate</c> with the type of a feed.</summary>
internal static class NamedFeeds
{
    private const int Max = 5;

    private static readonly string[] Types =
        ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"];

    /// <summary>The absolute URLs, in the page's order, at most five.</summary>
    public static IReadOnlyList<string> Of(string html, Uri url) =>
    [
        .. HtmlTokens.Read(html).Where(token => token.Type == HtmlTokenType.StartTag && token.Name == "link").Select(token => token.AsTag())
            .Where(link => link.GetAttribute("rel") is { } rel
                && rel.Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains("alternate", StringComparer.OrdinalIgnoreCase)
                && Types.Contains(link.GetAttribute("type")?.Trim(), StringComparer.OrdinalIgnoreCase))
            .Select(link => Links.Resolve(url, link.GetAttribute("href"))).OfType<string>().Distinct().Take(Max),
    ];
}
