using System.Diagnostics;
using System.Text;
using DailyDigest.Testing.Services;

namespace DailyDigest.Functions.Tests.TestHost;

/// <summary>The built app as a process of its own, started as the Functions host starts it.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly Lock gate = new();

    private WorkerProcess(ProcessStartInfo start) => process = new Process { StartInfo = start };

    /// <summary>The folder that is deployed: host.json, worker.config.json and the assemblies.</summary>
    public static string Folder { get; } = FindFolder();

    /// <summary>Both output streams so far.</summary>
    public string Output
    {
        get
        {
            lock (gate)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>Starts the worker. The app's settings are its environment, as on Azure.</summary>
    public static WorkerProcess Start(string hostUri, string workerId, IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo(TestServices.Which("dotnet") ?? "dotnet")
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments =
        [
            Path.Combine(Folder, "DailyDigest.Functions.dll"),
            "--functions-uri", hostUri,
            "--functions-worker-id", workerId,
            "--functions-request-id", Guid.NewGuid().ToString(),
            "--functions-grpc-max-message-length", $"{FunctionsHost.MaxMessageLength}",
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = Folder;
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        var worker = new WorkerProcess(start);
        worker.process.OutputDataReceived += (_, line) => worker.Keep(line.Data);
        worker.process.ErrorDataReceived += (_, line) => worker.Keep(line.Data);
        worker.process.Start();
        worker.process.BeginOutputReadLine();
        worker.process.BeginErrorReadLine();
        return worker;
    }

    /// <summary>Waits for its end, two minutes at most, and returns the exit code.</summary>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken).WaitAsync(TimeSpan.FromMinutes(2), cancellationToken);
        return process.ExitCode;
    }

    /// <summary>SIGTERM. Waits for the end and returns the exit code.</summary>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        using var sent = Process.Start(new ProcessStartInfo("sh", ["-c", $"kill -TERM {process.Id}"]))!;
        await sent.WaitForExitAsync(cancellationToken);
        return await EndAsync(cancellationToken);
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        process.Kill();
        await process.WaitForExitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync(CancellationToken.None);
        }

        process.Dispose();
    }

    private void Keep(string? line)
    {
        lock (gate)
        {
            output.AppendLine(line);
        }
    }

    /// <summary>The app's output folder of the configuration these tests were built in.</summary>
    private static string FindFolder()
    {
        var tests = Path.Combine(TestServices.Repository, "tests", "DailyDigest.Functions.Tests");
        var app = Path.Combine(TestServices.Repository, "src", "DailyDigest.Functions");
        return Path.GetFullPath(Path.Combine(app, Path.GetRelativePath(tests, AppContext.BaseDirectory)));
    }
}
