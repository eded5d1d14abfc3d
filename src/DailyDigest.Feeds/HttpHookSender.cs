using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using DailyDigest.Hooks;
using DailyDigest.Settings;

namespace DailyDigest.Feeds;

/// <summary>Posts to receivers of web hooks, with the address rules of feeds. No redirect is followed, and no body is read.</summary>
internal sealed class HttpHookSender(Publication publication, FeedConnector connector, TimeProvider time) : IHookSender, IDisposable
{
    /// <summary>From the look-up of the name to the headers of the answer.</summary>
    internal static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(15);

    private static readonly MediaTypeHeaderValue Json = new("application/json", "utf-8");

    private readonly PublicHttp http = new(publication, connector, "*/*");

    /// <inheritdoc/>
    public async Task<HookAnswer> SendAsync(HookRequest request, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(MaxTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var content = new StringContent(request.Body, Encoding.UTF8, Json);
            using var response = await http.PostAsync(
                request.Url,
                content,
                headers =>
                {
                    headers.TryAddWithoutValidation("webhook-id", request.Id);
                    headers.TryAddWithoutValidation("webhook-timestamp", request.Timestamp.ToString(CultureInfo.InvariantCulture));
                    headers.TryAddWithoutValidation("webhook-signature", request.Signature);
                },
                either.Token);
            return new HookAnswer((int)response.StatusCode, (int)response.StatusCode switch
            {
                >= 200 and < 300 => null,
                >= 300 and < 400 => $"{PublicHttp.Status(response)}: redirects are not followed",
                _ => PublicHttp.Status(response),
            });
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception fault) when (limit.IsCancellationRequested || PublicHttp.Reason(fault) is not null)
        {
            return new HookAnswer(null, limit.IsCancellationRequested ? "no answer within 15 s" : PublicHttp.Reason(fault)!);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();
}
