using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>
/// A real proxy on ports of 127.0.0.1, with a file of deploy/proxy in which paths and ports are replaced and nothing else. A shell watches
/// it: when the shell's input ends, because the test ends or is killed, it stops this proxy and no other.
/// </summary>
internal abstract class Proxy : IAsyncDisposable
{
    /// <summary>The host in the files, and in the certificate.</summary>
    public const string Host = "digest.example.com";

    private readonly ConcurrentQueue<string> log = new();
    private readonly X509Certificate2 certificate;
    private Process? guard;

    protected Proxy()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + Host, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var signed = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        certificate = X509CertificateLoader.LoadCertificate(signed.RawData);
        // cspell:ignore fullchain privkey
        File.WriteAllText(Path.Combine(Folder, "fullchain.pem"), certificate.ExportCertificatePem() + "\n");
        File.WriteAllText(Path.Combine(Folder, "privkey.pem"), key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>Certificate, settings and logs of the proxy.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("dd-proxy-").FullName;

    /// <summary>The standard error of the proxy.</summary>
    public string Log => string.Join('\n', log);

    protected int HttpPort { get; private set; }

    protected int HttpsPort { get; private set; }

    /// <summary>A client that sees the proxy as the host of the pages. Redirects are not followed.</summary>
    /// <param name="address">The client's address, for a proxy that reads it from the first bytes.</param>
    public HttpClient Client(string address = "203.0.113.7")
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectCallback = async (context, cancellationToken) =>
            {
                var isHttps = context.DnsEndPoint.Port == 443;
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, isHttps ? HttpsPort : HttpPort, cancellationToken);
                if (isHttps && Introduction(address) is { } text)
                {
                    await socket.SendAsync(Encoding.ASCII.GetBytes(text), cancellationToken);
                }

                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => certificate.Equals(shown);
        return new HttpClient(handler)
        {
            BaseAddress = new Uri($"https://{Host}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
    }

    /// <summary>Starts the proxy in front of the server and waits until it listens.</summary>
    /// <exception cref="ServiceMissingException">It is not installed.</exception>
    public async Task StartAsync(Uri server, CancellationToken cancellationToken)
    {
        using ClosedPort http = new(), https = new();
        (HttpPort, HttpsPort) = (http.Number, https.Number);
        var (command, ready) = Prepare(server);
        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("""
            "$@" <&- &
            exec 2>&-
            read end
            kill $! && wait $!
            """);
        foreach (var word in command.Prepend("sh"))
        {
            start.ArgumentList.Add(word);
        }

        start.Environment["HOME"] = Folder;
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        guard = Process.Start(start)!;
        guard.ErrorDataReceived += (_, line) =>
        {
            log.Enqueue(line.Data ?? "");
            if (line.Data?.Contains(ready, StringComparison.Ordinal) != false)
            {
                started.TrySetResult();
            }
        };
        guard.BeginErrorReadLine();
        await started.Task.WaitAsync(TimeSpan.FromMinutes(1), cancellationToken);
        Assert.True(Log.Contains(ready, StringComparison.Ordinal), $"The proxy did not start: {Log}");
    }

    public async ValueTask DisposeAsync()
    {
        if (guard is not null)
        {
            guard.StandardInput.Close();
            await guard.WaitForExitAsync();
            guard.Dispose();
        }

        certificate.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Writes the settings. Returns the command line, and the text on standard error that says that it listens.</summary>
    protected abstract (string[] Command, string Ready) Prepare(Uri server);

    /// <summary>The first bytes of a client, which name its address to the proxy; null for none.</summary>
    protected virtual string? Introduction(string address) => null;

    /// <summary>The file of deploy/proxy with each text replaced. Each must be there.</summary>
    protected static string Replaced(string file, params (string Text, string By)[] texts)
    {
        var content = File.ReadAllText(Path.Combine(TestServices.Repository, "deploy", "proxy", file));
        foreach (var (text, by) in texts)
        {
            Assert.Contains(text, content, StringComparison.Ordinal);
            content = content.Replace(text, by, StringComparison.Ordinal);
        }

        return content;
    }
}
