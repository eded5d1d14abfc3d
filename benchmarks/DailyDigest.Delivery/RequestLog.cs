using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using DailyDigest.Testing.Services;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>Azurite with its log of requests. The product marks in it where the measured run begins and ends.</summary>
internal sealed partial class RequestLog : IAsyncDisposable
{
    /// <summary>The partition of a row that is asked for when the run begins.</summary>
    public const string Begin = "benchmark-begin";

    /// <summary>The partition of a row that is asked for when the run has ended.</summary>
    public const string End = "benchmark-end";

    private readonly ConcurrentQueue<string> lines = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Azurite? azurite;

    /// <summary>Starts an Azurite that holds everything in memory. Returns its connection string.</summary>
    public async Task<string> StartAsync()
    {
        azurite = await Azurite.StartAsync(CancellationToken.None, line =>
        {
            lines.Enqueue(line);
            if (line.Contains(End, StringComparison.Ordinal))
            {
                ended.TrySetResult();
            }
        });
        return azurite.ConnectionString;
    }

    /// <summary>How often the run made each kind of request: "table read", "table write", "queue receive" and so on.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CountAsync()
    {
        await ended.Task.WaitAsync(TimeSpan.FromMinutes(1));
        return lines.SkipWhile(line => !line.Contains(Begin, StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.Contains(End, StringComparison.Ordinal))
            .Select(line => Request().Match(line)).Where(match => match.Success)
            .CountBy(match => Kind(match.Groups["method"].Value, match.Groups["path"].Value)).ToDictionary();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => azurite?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static string Kind(string method, string path) => (path.Contains("/messages", StringComparison.Ordinal), method) switch
    {
        (true, "GET") => "queue receive",
        (true, "DELETE") => "queue delete",
        (true, _) => "queue send",
        (false, "GET") => "table read",
        _ => "table write",
    };

    // 127.0.0.1 - - [30/Nov/2026:01:37:05 +0000] "POST /devstoreaccount1/$batch HTTP/1.1" 202 -
    [GeneratedRegex("\"(?<method>[A-Z]+) (?<path>/[^ ]*) HTTP/1")]
    private static partial Regex Request();
}
