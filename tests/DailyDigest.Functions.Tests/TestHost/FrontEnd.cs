using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Functions.Tests.TestHost;

/// <summary>
/// The front end of Azure: it ends the encrypted connection, names the client, and passes requests on to the host.
/// </summary>
internal sealed class FrontEnd : IAsyncDisposable
{
    // The server writes these itself.
    private static readonly string[] OfTheConnection = ["Transfer-Encoding", "Connection", "Date", "Server", "Keep-Alive"];

    private readonly WebApplication app;
    private readonly X509Certificate2 certificate;

    private FrontEnd(WebApplication app, X509Certificate2 certificate) => (this.app, this.certificate) = (app, certificate);

    /// <summary>The port on which it listens on this machine.</summary>
    public int Port => new Uri(app.Urls.Single()).Port;

    /// <summary>Starts it on a free port, with a certificate of its own for the host name.</summary>
    public static async Task<FrontEnd> StartAsync(FunctionsWorker worker, string name, CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.UseHttps(certificate);
            }));
        var front = new FrontEnd(builder.Build(), certificate);
        front.app.Run(context => PassAsync(worker, context));
        await front.app.StartAsync(cancellationToken);
        return front;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        certificate.Dispose();
    }

    private static async Task PassAsync(FunctionsWorker worker, HttpContext context)
    {
        var request = context.Request;
        using var passed = new HttpRequestMessage(new HttpMethod(request.Method), request.Path.ToUriComponent() + request.QueryString);
        if (request.ContentLength is > 0)
        {
            passed.Content = new StreamContent(request.Body);
        }

        foreach (var (name, values) in request.Headers)
        {
            if (!passed.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                passed.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        passed.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.7:4711");
        passed.Headers.TryAddWithoutValidation("X-Forwarded-Proto", "https");
        using var answer = await worker.HttpAsync(passed, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (!OfTheConnection.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                context.Response.Headers.Append(name, values.ToArray());
            }
        }

        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
