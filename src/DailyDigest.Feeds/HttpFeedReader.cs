using DailyDigest.Content;
using DailyDigest.Settings;

namespace DailyDigest.Feeds;

/// <summary>
/// Reads feeds over HTTP: RSS 2.0, 1.0 and 0.9x, Atom 1.0 and 0.3, JSON Feed 1.0 and 1.1. Limits: <see cref="FeedLimits"/>.
/// </summary>
internal sealed class HttpFeedReader(Publication publication, FeedConnector connector, TimeProvider time) : IFeedReader, IDisposable
{
    private readonly FeedFetcher fetcher = new(publication, connector);

    /// <inheritdoc/>
    public async Task<FeedReading> ReadAsync(Feed feed, CancellationToken cancellationToken)
    {
        if (!CanonicalUrl.TryLink(feed.Url, out _))
        {
            return new FeedReading.Failed("the URL is not an absolute http(s) URL") { Problem = FeedProblem.Address };
        }

        using var limit = new CancellationTokenSource(FeedLimits.MaxTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await fetcher.FetchAsync(feed, either.Token) is { } document
                ? FeedParser.Read(feed, document, time.GetUtcNow(), either.Token)
                : new FeedReading.NotModified();
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception fault) when (limit.IsCancellationRequested || PublicHttp.Reason(fault) is not null)
        {
            return limit.IsCancellationRequested
                ? new FeedReading.Failed("took longer than 20 s", IsTooSlow: true)
                : new FeedReading.Failed(PublicHttp.Reason(fault)!)
                {
                    Named = (fault as FeedFault)?.Named ?? [],
                    Problem = PublicHttp.Problem(fault),
                };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => fetcher.Dispose();
}
