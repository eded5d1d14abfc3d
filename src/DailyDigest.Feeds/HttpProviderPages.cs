using System.Net;
using DailyDigest.Returns;
using DailyDigest.Settings;

namespace DailyDigest.Feeds;

/// <summary>Gets pages of mail providers, with the address rules of feeds. No setting allows a private address.</summary>
internal sealed class HttpProviderPages(Publication publication, FeedConnector connector, TimeProvider time) : IProviderPages, IDisposable
{
    /// <summary>Maximum size of a page.</summary>
    internal const int MaxBytes = 64 * 1024;

    /// <summary>From the look-up of the name to the end of the body.</summary>
    internal static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);

    private static readonly ProviderPage None = new(null, []);

    private readonly PublicHttp http = new(publication, connector, "*/*");

    /// <inheritdoc/>
    public async Task<ProviderPage> GetAsync(string url, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(MaxTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var response = await http.GetOnceAsync(url, either.Token);
            return response.StatusCode != HttpStatusCode.OK ? new ProviderPage((int)response.StatusCode, [])
                : await BodyAsync(response, either.Token) is { } body ? new ProviderPage((int)response.StatusCode, body) : None;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception fault) when (limit.IsCancellationRequested || PublicHttp.Reason(fault) is not null)
        {
            return None;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    // Null if it is too large.
    private static async Task<byte[]?> BodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var body = new byte[MaxBytes + 1];
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        return length > MaxBytes ? null : body[..length];
    }
}
