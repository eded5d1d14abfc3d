using DailyDigest.Content;
using DailyDigest.Settings;

namespace DailyDigest.Feeds;

/// <summary>Fetches a feed: conditionally, through redirects, within the limits.</summary>
internal sealed class FeedFetcher(Publication publication, FeedConnector connector) : IDisposable
{
    private readonly PublicHttp http = new(
        publication,
        connector,
        "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, "
            + "application/xml;q=0.9, application/json;q=0.9, */*;q=0.5");

    /// <summary>Returns the document, or null for 304 Not Modified.</summary>
    /// <exception cref="FeedFault">The feed cannot be fetched.</exception>
    public async Task<FeedDocument?> FetchAsync(Feed feed, CancellationToken cancellationToken)
    {
        using var answer = await http.GetAsync(
            feed.Url,
            headers =>
            {
                headers.TryAddWithoutValidation("Accept-Encoding", "gzip, deflate, br");
                if (feed.ETag is { } etag)
                {
                    headers.TryAddWithoutValidation("If-None-Match", etag);
                }

                if (feed.LastModified is { } lastModified)
                {
                    headers.TryAddWithoutValidation("If-Modified-Since", lastModified);
                }
            },
            cancellationToken);
        var response = answer.Response;
        if ((int)response.StatusCode == 304 && (feed.ETag ?? feed.LastModified) is not null)
        {
            return null;
        }

        if ((int)response.StatusCode != 200)
        {
            throw new FeedFault(PublicHttp.Status(response)) { Problem = ProblemOf((int)response.StatusCode) };
        }

        return new FeedDocument(
            answer.Url,
            await FeedBody.ReadAsync(response.Content, cancellationToken),
            response.Content.Headers.ContentType?.CharSet?.Trim('"', '\''),
            PublicHttp.Verbatim(response.Headers, "ETag"),
            PublicHttp.Verbatim(response.Content.Headers, "Last-Modified"),
            answer.MovedTo);
    }

    private static FeedProblem ProblemOf(int status) => status switch
    {
        401 or 403 => FeedProblem.Forbidden,
        404 or 410 => FeedProblem.Gone,
        429 => FeedProblem.TooOften,
        >= 500 => FeedProblem.Server,
        _ => FeedProblem.Status,
    };

    public void Dispose() => http.Dispose();
}
