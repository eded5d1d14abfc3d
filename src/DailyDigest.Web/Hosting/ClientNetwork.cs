using System.Net;
using System.Net.Sockets;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Web;

/// <summary>
/// The network that a request comes from: the remote end of the connection, or what the proxies in <c>Web__Proxies</c> report.
/// Only its keyed hash leaves this class (<see cref="AddressHash.OfNetwork"/>: IPv4 /24, IPv6 /56).
/// </summary>
internal sealed partial class ClientNetwork(AddressHash hash, WebOptions options, ILogger<ClientNetwork> logger)
{
    private readonly bool hasProxies = options.Networks().Any();
    private int warned;

    /// <summary>For the consent record; null for a client without an address.</summary>
    public string? Hash(HttpContext context) => hash.OfNetwork(context.Connection.RemoteIpAddress);

    /// <summary>
    /// The network's hash; null for a client on this machine, too: a local proxy missing from Web__Proxies brings people of many networks.
    /// </summary>
    public string? Remote(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address) ? hash.OfNetwork(address) : null;

    /// <summary>
    /// The budgets of the client: that of its network and, as an IPv6 /48 or /32 is easily had, those around it. Clients without an address
    /// and those on this machine share one of ten networks: a local proxy missing from Web__Proxies brings readers of many.
    /// </summary>
    public IReadOnlyList<NetworkBudget> Budgets(HttpContext context)
    {
        if (!hasProxies && context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XForwardedForHeaderName)
            && Interlocked.Exchange(ref warned, 1) == 0)
        {
            Log.ProxyNotNamed(logger);
        }

        if (context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address))
        {
            return [new NetworkBudget("local", Factor: 10, IsShared: true)];
        }

        var one = new NetworkBudget(hash.OfNetwork(address)!);
        return address.AddressFamily != AddressFamily.InterNetworkV6 || address.IsIPv4MappedToIPv6
            ? [one]
            : [one, new NetworkBudget(hash.OfPrefix(address, 6), Factor: 4), new NetworkBudget(hash.OfPrefix(address, 4), Factor: 10)];
    }

    /// <summary>
    /// Replaces the remote address by the one that the proxies report, from the right of the header as long as each hop is in Web__Proxies.
    /// X-Forwarded-Host is never used: links begin with Publication__BaseUrl.
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

        // Without networks the middleware trusts everybody. On a connection with an unknown remote end it trusts the first header.
        if (forwarded.KnownIPNetworks.Count > 0)
        {
            app.UseWhen(context => context.Connection.RemoteIpAddress is not null, known => known.UseForwardedHeaders(forwarded));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(511, LogLevel.Warning,
            "A sign-up has X-Forwarded-For, but Web__Proxies is empty. Behind a proxy set it, or all readers count as one network.")]
        public static partial void ProxyNotNamed(ILogger logger);
    }
}
