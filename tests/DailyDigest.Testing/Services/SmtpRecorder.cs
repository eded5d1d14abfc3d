using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace DailyDigest.Testing.Services;

/// <summary>
/// A real mail server (npm's smtp-server) in its own process on 127.0.0.1. It keeps a message before it replies, so that
/// its record is complete even if the sender is killed.
/// </summary>
public sealed class SmtpRecorder : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly List<RecordedMail> messages = [];
    private readonly List<(Func<SmtpRecorder, bool> Condition, TaskCompletionSource Met)> waiting = [];
    private readonly TaskCompletionSource<int> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim input = new(1);
    private readonly NodeService node;
    private int connections;
    private int open;
    private int peak;
    private int scripts;
    private int asked;
    private int synced;

    private SmtpRecorder(SmtpOptions options, X509Certificate2? certificate)
    {
        Options = options;
        Certificate = certificate;
        node = NodeService.Start("smtp-recorder.js", [], OnLine);
    }

    /// <summary>Why there is no recorder here, or null if there is.</summary>
    public static string? WhyNot => TestServices.WhyNot("smtp-server");

    /// <summary>The options it was started with.</summary>
    public SmtpOptions Options { get; }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port => listening.Task.Result;

    /// <summary>Its certificate, without the key; null without TLS.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>The messages it has kept, in the order in which they ended.</summary>
    public IReadOnlyList<RecordedMail> Messages => Locked(() => messages.ToArray());

    /// <summary>The number of connections so far, including refused ones.</summary>
    public int Connections => Locked(() => connections);

    /// <summary>The number of open connections.</summary>
    public int OpenConnections => Locked(() => open);

    /// <summary>The largest number of connections that were open at once.</summary>
    public int PeakConnections => Locked(() => peak);

    /// <summary>Starts it and waits until it listens.</summary>
    /// <exception cref="ServiceMissingException">
    /// It is not installed: the test is skipped, or fails where services are required.
    /// </exception>
    public static async Task<SmtpRecorder> StartAsync(SmtpOptions options, CancellationToken cancellationToken)
    {
        TestServices.Require("smtp-server");
        using var key = options.Security == SmtpSecurity.None ? null : RSA.Create(2048);
        var recorder = new SmtpRecorder(options, key is null ? null : Sign(key));
        await recorder.node.SendAsync(
            JsonSerializer.Serialize(
                new
                {
                    port = options.Port,
                    security = options.Security.ToString().ToLowerInvariant(),
                    requireTls = options.RequireTls,
                    user = options.User,
                    password = options.Password,
                    tokenPrefix = options.TokenPrefix,
                    mechanisms = options.Mechanisms,
                    maxSize = options.MaxSize,
                    key = key?.ExportPkcs8PrivateKeyPem(),
                    certificate = recorder.Certificate?.ExportCertificatePem(),
                    faults = Script(options.Faults),
                }), cancellationToken);
        await Task.WhenAny(recorder.listening.Task, recorder.node.Ended).WaitAsync(TimeSpan.FromMinutes(3), cancellationToken);
        if (!recorder.listening.Task.IsCompleted)
        {
            throw new InvalidOperationException($"The SMTP recorder did not start: {recorder.node.Errors}");
        }

        return recorder;
    }

    /// <summary>Replaces its faults; an empty list removes them.</summary>
    public async Task ScriptAsync(IReadOnlyList<SmtpFault> faults, CancellationToken cancellationToken)
    {
        var before = Locked(() => scripts);
        await SendAsync(JsonSerializer.Serialize(new { faults = Script(faults) }), cancellationToken);
        await WaitUntilAsync(recorder => recorder.scripts > before, cancellationToken);
    }

    /// <summary>Returns the messages as soon as there are at least this many. Fails after a minute with what it has by then.</summary>
    /// <exception cref="TimeoutException">There are fewer after a minute.</exception>
    public async Task<IReadOnlyList<RecordedMail>> WaitForAsync(int count, CancellationToken cancellationToken)
    {
        try
        {
            await WaitUntilAsync(recorder => recorder.messages.Count >= count, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Messages.Count} messages of {count} came within a minute. {node.Errors}");
        }

        return Messages;
    }

    /// <summary>
    /// Returns when the record holds everything its clients have seen. A reply comes over the network, the record over a pipe, which may be
    /// slower. The end of a connection may take longer: use WaitUntilQuietAsync.
    /// </summary>
    public async Task SyncAsync(CancellationToken cancellationToken)
    {
        var mark = Interlocked.Increment(ref asked);
        await SendAsync(JsonSerializer.Serialize(new { sync = mark }), cancellationToken);
        await WaitUntilAsync(recorder => recorder.synced >= mark, cancellationToken);
    }

    /// <summary>Returns as soon as no connection is open: a killed sender has then no message in transit.</summary>
    public async Task WaitUntilQuietAsync(CancellationToken cancellationToken)
    {
        // Otherwise a connection might be open that is not recorded yet.
        await SyncAsync(cancellationToken);
        await WaitUntilAsync(recorder => recorder.open == 0, cancellationToken);
    }

    /// <summary>Removes the kept messages.</summary>
    public void Clear() => Locked(() =>
    {
        messages.Clear();
        return 0;
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await node.DisposeAsync();
        input.Dispose();
        Certificate?.Dispose();
    }

    /// <summary>Writes one line at a time, because tests may call it concurrently.</summary>
    private async Task SendAsync(string line, CancellationToken cancellationToken)
    {
        await input.WaitAsync(cancellationToken);
        try
        {
            await node.SendAsync(line, cancellationToken);
        }
        finally
        {
            input.Release();
        }
    }

    private Task WaitUntilAsync(Func<SmtpRecorder, bool> condition, CancellationToken cancellationToken)
    {
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (condition(this))
            {
                return Task.CompletedTask;
            }

            waiting.Add((condition, met));
        }

        return met.Task.WaitAsync(TimeSpan.FromMinutes(3), cancellationToken);
    }

    private void OnLine(string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        lock (gate)
        {
            switch (root.GetProperty("event").GetString())
            {
                case "listening": listening.TrySetResult(root.GetProperty("port").GetInt32()); break;
                case "scripted": scripts++; break;
                case "synced": synced = Math.Max(synced, root.GetProperty("sync").GetInt32()); break;
                case "connect": (connections, open) = (connections + 1, open + 1); peak = Math.Max(peak, open); break;
                case "close": open--; break;
                case "message": messages.Add(Read(root)); break;
            }

            foreach (var (_, met) in waiting.FindAll(wait => wait.Condition(this)))
            {
                met.TrySetResult();
            }

            waiting.RemoveAll(wait => wait.Met.Task.IsCompleted);
        }
    }

    private static RecordedMail Read(JsonElement json) => new(
        json.GetProperty("from").GetString()!,
        [.. json.GetProperty("to").EnumerateArray().Select(to => to.GetString()!)],
        json.GetProperty("raw").GetBytesFromBase64(),
        json.GetProperty("user").GetString(),
        json.GetProperty("secure").GetBoolean(),
        json.GetProperty("client").GetString()!,
        json.GetProperty("session").GetString()!,
        json.GetProperty("replied").GetBoolean());

    private static object[] Script(IReadOnlyList<SmtpFault> faults) => [.. faults.Select(fault => (object)new
    {
        at = fault.At == SmtpStage.MidData ? "mid-data" : fault.At.ToString().ToLowerInvariant(),
        recipient = fault.Recipient,
        code = fault.Code,
        text = fault.Text,
        drop = fault.Drop,
        after = fault.AfterBytes,
        delay = (long)fault.Delay.TotalMilliseconds,
        times = fault.Times,
    })];

    private static X509Certificate2 Sign(RSA key)
    {
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed =
            request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(30));
        return X509CertificateLoader.LoadCertificate(signed.RawData);
    }

    private T Locked<T>(Func<T> read)
    {
        lock (gate)
        {
            return read();
        }
    }
}
