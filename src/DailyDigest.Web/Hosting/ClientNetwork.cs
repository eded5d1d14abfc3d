using System.Net;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Web;

/// <summary>
/// From which network a request comes, the one place that says it: the connection's other end, or what the proxies named in <c>Web__Proxies</c> say of
/// it. Only its keyed hash leaves this class (<see cref="AddressHash.OfNetwork"/>: IPv4 /24, IPv6 /56).
/// </summary>
internal sealed partial class ClientNetwork(AddressHash hash, WebOptions options, ILogger<ClientNetwork> logger)
{
    private readonly bool trusting = options.Networks().Any();
    private int told;

    /// <summary>For the consent record; null for a client without an address.</summary>
    public string? Hash(HttpContext context) => hash.OfNetwork(context.Connection.RemoteIpAddress);

    /// <summary>
    /// For the budgets; null also for loopback. That is a proxy on this machine that Web__Proxies does not name, and all readers would share one budget.
    /// </summary>
    public string? Budget(HttpContext context)
    {
        if (!trusting && context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XForwardedForHeaderName) && Interlocked.Exchange(ref told, 1) == 0)
        {
            Log.NotBelieved(logger);
        }

        return context.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address) ? hash.OfNetwork(address) : null;
    }

    /// <summary>
    /// Puts what the proxies say in the place of the connection's other end: from the right of the header as long as each stands in Web__Proxies.
    /// X-Forwarded-Host is never believed: links begin with Publication__BaseUrl.
    /// </summary>
    public static void Use(IApplicationBuilder app, WebOptions options)
    {
        var forwarded = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardedForHeaderName = options.ClientHeader,
            ForwardLimit = null,
        };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in options.Networks())
        {
            forwarded.KnownIPNetworks.Add(network);
        }

        // Without any network the middleware would believe everybody; and to a connection whose other end is unknown, the first header it meets.
        if (forwarded.KnownIPNetworks.Count > 0)
        {
            app.UseWhen(context => context.Connection.RemoteIpAddress is not null, known => known.UseForwardedHeaders(forwarded));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(511, LogLevel.Warning,
            "A sign-up brought X-Forwarded-For, and Web__Proxies is empty: if a proxy stands in front, name it, or all readers count as one network")]
        public static partial void NotBelieved(ILogger logger);
    }
}
