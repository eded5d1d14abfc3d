using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Functions.Tests.TestHost;

/// <summary>
/// The side of the Functions host to which workers connect: the worker protocol over HTTP/2 without TLS, on a free port of 127.0.0.1.
/// </summary>
internal sealed class FunctionsHost : IAsyncDisposable
{
    /// <summary>Bytes of the largest message.</summary>
    public const int MaxMessageLength = int.MaxValue;

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, WorkerChannel> expected = new();

    private FunctionsHost()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
        });
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = MaxMessageLength);
        builder.Services.AddSingleton(this);
        app = builder.Build();
        app.MapGrpcService<FunctionRpcService>();
    }

    /// <summary>For the worker's argument <c>--functions-uri</c>.</summary>
    public string Uri => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/";

    /// <summary>Starts it.</summary>
    public static async Task<FunctionsHost> StartAsync(CancellationToken cancellationToken)
    {
        var host = new FunctionsHost();
        await host.app.StartAsync(cancellationToken);
        return host;
    }

    /// <summary>Returns the channel of a worker that will introduce itself by this id.</summary>
    public WorkerChannel Expect(string workerId) => expected.GetOrAdd(workerId, _ => new WorkerChannel());

    /// <summary>Returns the channel of a worker that has introduced itself; null for one that nobody expects.</summary>
    public WorkerChannel? Find(string workerId) => expected.GetValueOrDefault(workerId);

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
