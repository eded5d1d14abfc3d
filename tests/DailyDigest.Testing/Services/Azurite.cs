using System.Collections.Concurrent;

namespace DailyDigest.Testing.Services;

/// <summary>
/// Azure's storage emulator, in memory, on free ports of its own. One serves a whole test program; give each test class a prefix.
/// </summary>
public sealed class Azurite : IAsyncDisposable
{
    // The account and key that every Azurite has; they are public and open nothing else.
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly NodeService node;

    private Azurite(NodeService node, int[] ports)
    {
        this.node = node;
        ConnectionString = $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};"
            + $"BlobEndpoint=http://127.0.0.1:{ports[0]}/{Account};"
            + $"QueueEndpoint=http://127.0.0.1:{ports[1]}/{Account};"
            + $"TableEndpoint=http://127.0.0.1:{ports[2]}/{Account};";
    }

    /// <summary>Why there is no Azurite here, or null if there is.</summary>
    public static string? WhyNot => TestServices.WhyNot("azurite");

    /// <summary>For Storage__Azure__ConnectionString.</summary>
    public string ConnectionString { get; }

    /// <summary>A prefix for tables and queues that no other test has.</summary>
    public static string NewPrefix() => "t" + Guid.NewGuid().ToString("N")[..12];

    /// <summary>Starts it and waits until all three services listen.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="onRequest">Gets each line of its request log; null for no log.</param>
    /// <exception cref="ServiceMissingException">
    /// It is not installed: the test is skipped, or fails where services are required.
    /// </exception>
    /// <exception cref="InvalidOperationException">It did not start.</exception>
    public static async Task<Azurite> StartAsync(CancellationToken cancellationToken, Action<string>? onRequest = null)
    {
        TestServices.Require("azurite");
        using ClosedPort blob = new(), queue = new(), table = new();
        int[] ports = [blob.Number, queue.Number, table.Number];
        var lines = new ConcurrentQueue<string>();
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = NodeService.Start(
            "azurite.js",
            [
                "--inMemoryPersistence", .. onRequest is null ? ["--silent"] : Array.Empty<string>(),
                "--disableTelemetry", "--skipApiVersionCheck",
                "--blobHost", "127.0.0.1", "--blobPort", $"{ports[0]}",
                "--queueHost", "127.0.0.1", "--queuePort", $"{ports[1]}",
                "--tableHost", "127.0.0.1", "--tablePort", $"{ports[2]}",
            ],
            line =>
            {
                if (listening.Task.IsCompleted)
                {
                    onRequest?.Invoke(line);
                    return;
                }

                lines.Enqueue(line);
                if (lines.Count(said => said.Contains("successfully listen", StringComparison.Ordinal)) == 3)
                {
                    listening.TrySetResult();
                }
            });
        await Task.WhenAny(listening.Task, node.Ended).WaitAsync(TimeSpan.FromMinutes(3), cancellationToken);
        if (listening.Task.IsCompleted)
        {
            return new Azurite(node, ports);
        }

        await node.DisposeAsync();
        throw new InvalidOperationException($"Azurite did not start: {string.Join('\n', lines)}\n{node.Errors}");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => node.DisposeAsync();
}
