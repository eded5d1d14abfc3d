using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using DailyDigest.Content;
using DailyDigest.Settings;

namespace DailyDigest.Feeds;

/// <summary>Fetches a feed: conditionally, through redirects, within the limits.</summary>
internal sealed class FeedFetcher : IDisposable
{
    private readonly HttpClient client;

    public FeedFetcher(Publication publication, FeedConnector connector)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // FetchAsync checks every hop
            AutomaticDecompression = DecompressionMethods.None, // FeedBody decompresses within the limit
            UseCookies = false,
            UseProxy = false, // a proxy would resolve names without our check
            ActivityHeadersPropagator = null, // no trace ids to other people's servers
            MaxResponseHeadersLength = 64,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = (context, cancellationToken) => connector.ConnectAsync(context.DnsEndPoint, cancellationToken),
        };
        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", UserAgent(publication));
        client.DefaultRequestHeaders.TryAddWithoutValidation(
            "Accept",
            "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, "
            + "application/xml;q=0.9, application/json;q=0.9, */*;q=0.5");
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Encoding", "gzip, deflate, br");
    }

    /// <summary>Returns the document, or null for 304 Not Modified.</summary>
    /// <exception cref="FeedFault">The feed cannot be fetched.</exception>
    public async Task<FeedDocument?> FetchAsync(Feed feed, CancellationToken cancellationToken)
    {
        var url = Checked(feed.Url, new Uri(feed.Url));
        string? movedTo = null;
        var permanent = true;
        for (var hop = 0; hop <= FeedLimits.MaxRedirects; hop++)
        {
            using var request = Request(url, feed);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var status = (int)response.StatusCode;
            if (status is 301 or 302 or 303 or 307 or 308)
            {
                url = Target(url, response);
                permanent &= status is 301 or 308;
                movedTo = permanent ? url.AbsoluteUri : movedTo;
                continue;
            }

            if (status == 304 && (feed.ETag ?? feed.LastModified) is not null)
            {
                return null;
            }

            if (status != 200)
            {
                throw new FeedFault(string.Create(CultureInfo.InvariantCulture, $"{status} {Phrase(response)}").TrimEnd());
            }

            return new FeedDocument(
                url,
                await FeedBody.ReadAsync(response.Content, cancellationToken),
                response.Content.Headers.ContentType?.CharSet?.Trim('"', '\''),
                Verbatim(response.Headers, "ETag"),
                Verbatim(response.Content.Headers, "Last-Modified"),
                movedTo);
        }

        throw new FeedFault($"more than {FeedLimits.MaxRedirects} redirects");
    }

    public void Dispose() => client.Dispose();

    private static HttpRequestMessage Request(Uri url, Feed feed)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (feed.ETag is { } etag)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", etag);
        }

        if (feed.LastModified is { } lastModified)
        {
            request.Headers.TryAddWithoutValidation("If-Modified-Since", lastModified);
        }

        return request;
    }

    private static Uri Target(Uri url, HttpResponseMessage response)
    {
        var location = Verbatim(response.Headers, "Location");
        return location is not null && Uri.TryCreate(url, location, out var target)
            ? Checked(target.AbsoluteUri, target)
            : throw new FeedFault("a redirect without a usable Location");
    }

    private static Uri Checked(string text, Uri url) => CanonicalUrl.TryLink(text, out _)
        ? url
        : throw new FeedFault($"the URL is not http or https, too long or carries a password ({ContentText.Line(url.Scheme, 20)})");

    // Unparsed: a validator must be sent back byte for byte.
    private static string? Verbatim(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.ToString() is { Length: > 0 } value ? value : null;

    private static string Phrase(HttpResponseMessage response)
    {
        // The standard name of the status, not the server's own text, which is untrusted.
        using var known = new HttpResponseMessage(response.StatusCode);
        return known.ReasonPhrase ?? "";
    }

    private static string UserAgent(Publication publication)
    {
        var version = typeof(FeedFetcher).Assembly.GetName().Version!.ToString(3);
        return CanonicalUrl.TryLink(publication.BaseUrl, out var url)
            ? $"DailyDigest/{version} (+{Escaped(url.TrimEnd('/'))})"
            : $"DailyDigest/{version}";
    }

    // Parentheses end a comment of User-Agent.
    private static string Escaped(string url) =>
        url.Replace("(", "%28", StringComparison.Ordinal).Replace(")", "%29", StringComparison.Ordinal);
}
