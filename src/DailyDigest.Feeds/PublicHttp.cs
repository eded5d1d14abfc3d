using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using DailyDigest.Content;
using DailyDigest.Settings;

namespace DailyDigest.Feeds;

/// <summary>
/// Requests to servers that an outsider chose: only to permitted addresses, through redirects, without cookies or a proxy.
/// </summary>
internal sealed class PublicHttp : IDisposable
{
    private readonly HttpClient client;

    /// <summary>Creates a client whose requests name the media types that it accepts.</summary>
    public PublicHttp(Publication publication, FeedConnector connector, string accept)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // GetAsync checks every hop
            AutomaticDecompression = DecompressionMethods.None, // FeedBody decompresses within the limit
            UseCookies = false,
            UseProxy = false, // a proxy would resolve names without our check
            ActivityHeadersPropagator = null, // no trace ids to other people's servers
            MaxResponseHeadersLength = 64,
            MaxResponseDrainSize = 64 * 1024, // a body that is not read to its end costs its connection
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = (context, cancellationToken) => connector.ConnectAsync(context.DnsEndPoint, cancellationToken),
        };
        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", UserAgent(publication));
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
    }

    /// <summary>An answer that is no redirect.</summary>
    /// <param name="Response">The response; its body is not read yet.</param>
    /// <param name="Url">The URL that gave it.</param>
    /// <param name="MovedTo">The target of permanent redirects, null if there were none.</param>
    public sealed record Answer(HttpResponseMessage Response, Uri Url, string? MovedTo) : IDisposable
    {
        public void Dispose() => Response.Dispose();
    }

    /// <summary>Requests the URL and follows redirects.</summary>
    /// <exception cref="FeedFault">A URL is not usable, or there are too many redirects.</exception>
    public async Task<Answer> GetAsync(string text, Action<HttpRequestHeaders>? prepare, CancellationToken cancellationToken)
    {
        var url = Checked(text, new Uri(text));
        string? movedTo = null;
        var permanent = true;
        for (var hop = 0; hop <= FeedLimits.MaxRedirects; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            prepare?.Invoke(request.Headers);
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var status = (int)response.StatusCode;
            if (status is not (301 or 302 or 303 or 307 or 308))
            {
                return new Answer(response, url, movedTo);
            }

            using (response)
            {
                url = Target(url, response);
            }

            permanent &= status is 301 or 308;
            movedTo = permanent ? url.AbsoluteUri : movedTo;
        }

        throw new FeedFault($"more than {FeedLimits.MaxRedirects} redirects") { Problem = FeedProblem.Status };
    }

    /// <summary>Requests the URL and returns the answer, which may be a redirect. Its body is not read yet.</summary>
    /// <exception cref="FeedFault">The URL is not usable.</exception>
    public async Task<HttpResponseMessage> GetOnceAsync(string text, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Checked(text, new Uri(text)));
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Posts the content and returns the answer, which may be a redirect. Its body is not read.</summary>
    /// <exception cref="FeedFault">The URL is not usable.</exception>
    public async Task<HttpResponseMessage> PostAsync(
        string text, HttpContent content, Action<HttpRequestHeaders> prepare, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Checked(text, new Uri(text))) { Content = content };
        prepare(request.Headers);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>A reason that an operator can act on; null for an unexpected exception, which is not caught.</summary>
    public static string? Reason(Exception fault) => fault switch
    {
        FeedFault or RefusedAddressException => fault.Message,
        HttpRequestException { InnerException: { } inner } when Reason(inner) is { } reason => reason,
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
            "the host name is not known",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "the connection was refused",
        SocketException => "the connection failed",
        AuthenticationException => "the TLS certificate or handshake was refused",
        HttpRequestException or IOException => "the connection was lost, or the server does not speak HTTP",
        _ => null,
    };

    /// <summary>The kind of a fault that has a <see cref="Reason"/>.</summary>
    public static FeedProblem Problem(Exception fault) => fault switch
    {
        FeedFault { Problem: var problem } => problem,
        RefusedAddressException => FeedProblem.PrivateAddress,
        HttpRequestException { InnerException: { } inner } when Reason(inner) is not null => Problem(inner),
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
            FeedProblem.UnknownHost,
        AuthenticationException => FeedProblem.Certificate,
        _ => FeedProblem.Connection,
    };

    /// <summary>
    /// The standard name of the response's status, not the server's own text, which is untrusted: "404 Not Found".
    /// </summary>
    public static string Status(HttpResponseMessage response)
    {
        using var known = new HttpResponseMessage(response.StatusCode);
        return FormattableString.Invariant($"{(int)response.StatusCode} {known.ReasonPhrase}").TrimEnd();
    }

    /// <summary>A header unparsed: a validator must be sent back byte for byte.</summary>
    public static string? Verbatim(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.ToString() is { Length: > 0 } value ? value : null;

    public void Dispose() => client.Dispose();

    private static Uri Target(Uri url, HttpResponseMessage response)
    {
        var location = Verbatim(response.Headers, "Location");
        return location is not null && Uri.TryCreate(url, location, out var target)
            ? Checked(target.AbsoluteUri, target)
            : throw new FeedFault("a redirect without a usable Location") { Problem = FeedProblem.Status };
    }

    private static Uri Checked(string text, Uri url) => CanonicalUrl.TryLink(text, out _)
        ? url
        : throw new FeedFault($"the URL is not http or https, too long or carries a password ({ContentText.Line(url.Scheme, 20)})")
        {
            Problem = FeedProblem.Address,
        };

    private static string UserAgent(Publication publication)
    {
        var version = typeof(PublicHttp).Assembly.GetName().Version!.ToString(3);
        return CanonicalUrl.TryLink(publication.BaseUrl, out var url)
            ? $"DailyDigest/{version} (+{Escaped(url.TrimEnd('/'))})"
            : $"DailyDigest/{version}";
    }

    // Parentheses end a comment of User-Agent.
    private static string Escaped(string url) =>
        url.Replace("(", "%28", StringComparison.Ordinal).Replace(")", "%29", StringComparison.Ordinal);
}
