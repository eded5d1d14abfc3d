using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Settings;

namespace DailyDigest.Feeds;

/// <summary>Reads pictures over HTTP, with the limits and the address rules of feeds.</summary>
internal sealed class HttpPictureReader(Publication publication, FeedConnector connector, TimeProvider time) : IPictureReader, IDisposable
{
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);

    private readonly PublicHttp http = new(publication, connector, "image/jpeg, image/png, image/webp, image/gif");

    // Pixels take far more memory than the file: one picture is decoded at a time.
    private readonly SemaphoreSlim decoding = new(1, 1);

    /// <inheritdoc/>
    public async Task<PictureReading> ReadAsync(string url, int maxWidth, CancellationToken cancellationToken)
    {
        if (!CanonicalUrl.TryLink(url, out var link))
        {
            return new PictureReading.Refused("the URL is not an absolute http(s) URL");
        }

        using var limit = new CancellationTokenSource(MaxTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            var bytes = await FetchAsync(link, either.Token);
            await decoding.WaitAsync(either.Token);
            try
            {
                return PictureCodec.Convert(bytes, maxWidth);
            }
            finally
            {
                decoding.Release();
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception fault) when (limit.IsCancellationRequested || PublicHttp.Reason(fault) is not null)
        {
            return new PictureReading.Refused(limit.IsCancellationRequested ? "took longer than 10 s" : PublicHttp.Reason(fault)!);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        http.Dispose();
        decoding.Dispose();
    }

    private async Task<byte[]> FetchAsync(string url, CancellationToken cancellationToken)
    {
        using var answer = await http.GetAsync(url, prepare: null, cancellationToken);
        return (int)answer.Response.StatusCode == 200
            ? await FeedBody.ReadAsync(answer.Response.Content, cancellationToken)
            : throw new FeedFault(PublicHttp.Status(answer.Response));
    }
}
