using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using DailyDigest.Digests;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DailyDigest.Server;

/// <summary>
/// Limits connections (Kestrel) and reading requests (ASP.NET Core's limiter). Requests that change something have limits of their own, for
/// all machines together. On Azure Functions the platform limits connections.
/// </summary>
internal static class ServerLimits
{
    /// <summary>A proxy on this machine that is not in Web__Proxies sends the requests of many networks.</summary>
    private const int LocalFactor = 10;

    /// <summary>A mail has up to ten pictures, and a mail provider fetches them for many readers from one network.</summary>
    private const int PictureFactor = 20;

    // The tokens of a minute come in six portions, so that a refused client need not wait for a minute.
    private const int Portions = 6;

    /// <summary>Adds the options of the section Server and the limits.</summary>
    public static IServiceCollection AddServerLimits(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<ServerOptions>(configuration, ServerOptions.Section, (options, _) => options.Validate());
        services.AddOptions<KestrelServerOptions>().Configure<IServiceProvider>((kestrel, provider) =>
        {
            var limit = provider.GetRequiredService<ServerOptions>().MaxConnections;
            kestrel.Limits.MaxConcurrentConnections = limit == 0 ? null : limit;
        });
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<ServerOptions, AddressHash>((limiter, options, hash) =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = SetRetryAfterAsync;
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => Partition(context, options, hash));
        });
        return services;
    }

    private static RateLimitPartition<string> Partition(HttpContext context, ServerOptions options, AddressHash hash)
    {
        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        if (options.GetsPerMinute == 0 || !isRead)
        {
            return RateLimitPartition.GetNoLimiter("");
        }

        var client = context.Connection.RemoteIpAddress;
        var isLocal = client is null || IPAddress.IsLoopback(client);
        var isPicture = context.Request.Path.StartsWithSegments(CopyPictures.Path);
        var limit = options.GetsPerMinute * (isLocal ? LocalFactor : 1) * (isPicture ? PictureFactor : 1);
        var network = isLocal ? "local" : hash.OfNetwork(client)!;
        return RateLimitPartition.GetTokenBucketLimiter(isPicture ? "pictures " + network : network, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = limit,
            TokensPerPeriod = Math.Max(1, limit / Portions),
            ReplenishmentPeriod = TimeSpan.FromMinutes(1) / Portions,
        });
    }

    private static ValueTask SetRetryAfterAsync(OnRejectedContext rejected, CancellationToken cancellationToken)
    {
        var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var time) ? time : TimeSpan.FromMinutes(1) / Portions;
        rejected.HttpContext.Response.Headers.RetryAfter =
            ((long)Math.Max(1, Math.Ceiling(wait.TotalSeconds))).ToString(CultureInfo.InvariantCulture);
        return ValueTask.CompletedTask;
    }
}
