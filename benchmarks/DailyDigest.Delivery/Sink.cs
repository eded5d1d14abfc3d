using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>A sink on a port of its own, in a process of its own: takes messages and throws them away.</summary>
internal sealed class Sink : IDisposable
{
    private readonly Process process;

    private Sink(Process process, int port) => (this.process, Port) = (process, port);

    public int Port { get; }

    /// <summary>Takes messages without the processor that smtp-sink takes: <see cref="QuickSink"/>.</summary>
    public static Task<Sink> StartQuickAsync() => StartOwnAsync("sink");

    /// <summary>Answers as real relays do: <see cref="MoodySink"/>.</summary>
    public static Task<Sink> StartMoodyAsync() => StartOwnAsync("moody-sink");

    private static async Task<Sink> StartOwnAsync(string name)
    {
        var process = Process.Start(
            new ProcessStartInfo(Environment.ProcessPath!, [name]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var port = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The sink did not start.");
        return new Sink(process, int.Parse(port, CultureInfo.InvariantCulture));
    }

    /// <summary>How many messages a quick sink took; it ends.</summary>
    public async Task<int> TakenAsync()
    {
        process.StandardInput.Close();
        return int.Parse(await process.StandardOutput.ReadToEndAsync(), CultureInfo.InvariantCulture);
    }

    /// <summary>The acts of a moody sink; it ends.</summary>
    public async Task<SinkCounts> CountsAsync()
    {
        process.StandardInput.Close();
        return JsonSerializer.Deserialize<SinkCounts>(await process.StandardOutput.ReadToEndAsync())!;
    }

    /// <summary>Postfix's smtp-sink.</summary>
    public static async Task<Sink> StartAsync()
    {
        var port = FreePort();
        string[] who = Environment.IsPrivilegedProcess ? ["-u", "nobody"] : []; // It refuses to run as root.
        var process = Process.Start(new ProcessStartInfo(
            Tools.Find("smtp-sink"), [.. who, "-m", "512", string.Create(CultureInfo.InvariantCulture, $"inet:127.0.0.1:{port}"), "512"]))!;
        for (var tries = 0; ; tries++)
        {
            using var socket = new TcpClient();
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return new Sink(process, port);
            }
            catch (SocketException) when (tries < 100 && !process.HasExited)
            {
                await Task.Delay(50);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}

/// <summary>Programs of the machine.</summary>
internal static class Tools
{
    public static string Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/usr/local/sbin").Split(':').Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"{name} is missing: tests/run --install brings it (Debian packages postfix and nodejs).");
}
