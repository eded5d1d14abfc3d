using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using DailyDigest.Storage;

namespace DailyDigest.Testing.Services;

/// <summary>
/// A node program of tests/services as a child process. It ends when its input ends, so it also ends when the
/// test program is killed.
/// </summary>
public sealed class NodeService : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<string> complaints = new();
    private readonly Task output;
    private readonly Task errors;
    private bool disposed;

    private NodeService(string script, IEnumerable<string> arguments, Action<string> onLine)
    {
        var start = new ProcessStartInfo(TestServices.Which("node")!)
        {
            WorkingDirectory = TestServices.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.ArgumentList.Add(Path.Combine(TestServices.Folder, script));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        process = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
        output = ReadAsync(process.StandardOutput, onLine);
        errors = ReadAsync(process.StandardError, complaints.Enqueue);
    }

    /// <summary>The process.</summary>
    public int Id => process.Id;

    /// <summary>Its standard error, for the message of a failed test.</summary>
    public string Errors => string.Join('\n', complaints);

    /// <summary>Completes when it has ended and all its lines were read.</summary>
    public Task Ended => Task.WhenAll(output, errors);

    /// <summary>Starts a script of tests/services. Each line that it prints goes to <paramref name="onLine"/>, one at a time.</summary>
    public static NodeService Start(string script, IEnumerable<string> arguments, Action<string> onLine) => new(script, arguments, onLine);

    /// <summary>Runs a script to its end with this input and returns its exit code, output and errors.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string script, IEnumerable<string> arguments, string input, CancellationToken cancellationToken)
    {
        var lines = new ConcurrentQueue<string>();
        await using var service = Start(script, arguments, lines.Enqueue);
        await service.process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        service.process.StandardInput.Close();
        await service.process.WaitForExitAsync(cancellationToken);
        await service.Ended;
        return (service.process.ExitCode, string.Join('\n', lines), service.Errors);
    }

    /// <summary>Writes a line to its input.</summary>
    public async Task SendAsync(string line, CancellationToken cancellationToken)
    {
        await process.StandardInput.WriteLineAsync(line.AsMemory(), cancellationToken);
        await process.StandardInput.FlushAsync(cancellationToken);
    }

    /// <summary>Kills it and waits for its end; a second time does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        if (!process.HasExited)
        {
            process.Kill();
        }

        await process.WaitForExitAsync();
        await Ended;
        process.Dispose();
    }

    private static async Task ReadAsync(StreamReader reader, Action<string> onLine)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            onLine(line);
        }
    }
}
