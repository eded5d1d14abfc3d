using System.Diagnostics;
using System.Text;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>The real program in a process of its own, as an operator would run it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>The id of the user without rights.</summary>
    public const string Nobody = "65534";

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly List<(string Text, TaskCompletionSource<string> Found)> waiting = [];
    private readonly Lock gate = new();

    private ServerProcess(Process process) => this.process = process;

    /// <summary>The output of the process so far, on both streams.</summary>
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

    public int Id => process.Id;

    public bool HasEnded => process.HasExited;

    /// <summary>Starts <c>dotnet DailyDigest.Server.dll</c> with these arguments; the settings are environment variables.</summary>
    public static ServerProcess Start(string folder, IReadOnlyDictionary<string, string> settings, params string[] arguments) =>
        StartProgram(Path.Combine(AppContext.BaseDirectory, "DailyDigest.Server.dll"), folder, settings, arguments);

    /// <summary>Starts the sender of the kill tests in the same way.</summary>
    public static ServerProcess StartSender(string folder, IReadOnlyDictionary<string, string> settings, params string[] arguments) =>
        StartProgram(Path.Combine(AppContext.BaseDirectory, "DailyDigest.KillChild.dll"), folder, settings, arguments);

    /// <summary>Starts the assembly at the path in the same way.</summary>
    public static ServerProcess StartProgram(
        string path, string folder, IReadOnlyDictionary<string, string> settings, params string[] arguments) =>
        StartWith([TestServices.Which("dotnet") ?? "dotnet", path], folder, settings, arguments);

    /// <summary>Starts the server with this umask.</summary>
    public static ServerProcess StartWithUmask(
        string umask, string folder, IReadOnlyDictionary<string, string> settings, params string[] arguments) => StartWith(
        ["sh", "-c", $"umask {umask}; exec \"$@\"", "sh", TestServices.Which("dotnet") ?? "dotnet",
            Path.Combine(AppContext.BaseDirectory, "DailyDigest.Server.dll")], folder, settings, arguments);

    /// <summary>
    /// Starts a program as it would start on a machine without .NET: no PATH, no variable but the settings, and as a user without rights if
    /// the tests run as root.
    /// </summary>
    public static ServerProcess StartAlone(
        string program, string folder, IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        string[] user = Environment.IsPrivilegedProcess
            ? [TestServices.Which("setpriv")!, $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--no-new-privs"] : [];
        return StartWith(
            [.. user, TestServices.Which("env")!, "-i", "PATH=/nonexistent", .. settings.Select(one => $"{one.Key}={one.Value}"), program],
            folder, new Dictionary<string, string>(), arguments);
    }

    private static ServerProcess StartWith(
        string[] command, string folder, IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        var start = new ProcessStartInfo(command[0])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var word in command.Skip(1))
        {
            start.ArgumentList.Add(word);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        var server = new ServerProcess(new Process { StartInfo = start });
        server.process.OutputDataReceived += (_, line) => server.Keep(line.Data);
        server.process.ErrorDataReceived += (_, line) => server.Keep(line.Data);
        server.process.Start();
        server.process.BeginOutputReadLine();
        server.process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Waits at most two minutes for a line of output with the text, and returns the line.</summary>
    public async Task<string> LineAsync(string text, CancellationToken cancellationToken)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            waiting.Add((text, found));
            if (output.ToString().Split('\n').FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } line)
            {
                found.TrySetResult(line);
            }
        }

        var ended = process.WaitForExitAsync(cancellationToken);
        await Task.WhenAny(found.Task, ended).WaitAsync(TimeSpan.FromMinutes(2), cancellationToken);
        Assert.True(found.Task.IsCompleted, $"There is no line with '{text}': {Output}");
        return await found.Task;
    }

    /// <summary>Waits until the program serves, and returns its address.</summary>
    public async Task<Uri> AddressAsync(CancellationToken cancellationToken)
    {
        var line = await LineAsync("Serving ", cancellationToken);
        return new Uri(line[(line.LastIndexOf(' ') + 1)..].Trim());
    }

    /// <summary>SIGTERM, as a service manager stops it. Returns the exit code.</summary>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        await SignalAsync("TERM", cancellationToken);
        return await EndAsync(cancellationToken);
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        process.Kill();
        await process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>SIGSTOP: the process stops, without notice, until <see cref="ThawAsync"/>.</summary>
    public Task FreezeAsync(CancellationToken cancellationToken) => SignalAsync("STOP", cancellationToken);

    /// <summary>SIGCONT.</summary>
    public Task ThawAsync(CancellationToken cancellationToken) => SignalAsync("CONT", cancellationToken);

    /// <summary>Waits at most two minutes for the end, and returns the exit code.</summary>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken).WaitAsync(TimeSpan.FromMinutes(2), cancellationToken);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync(CancellationToken.None);
        }

        process.Dispose();
    }

    private async Task SignalAsync(string signal, CancellationToken cancellationToken)
    {
        using var sent = Process.Start(new ProcessStartInfo("sh", ["-c", $"kill -{signal} {process.Id}"]))!;
        await sent.WaitForExitAsync(cancellationToken);
        Assert.Equal(0, sent.ExitCode);
    }

    private void Keep(string? line)
    {
        lock (gate)
        {
            output.AppendLine(line);
            foreach (var (text, found) in waiting.Where(one => line?.Contains(one.Text, StringComparison.Ordinal) == true))
            {
                found.TrySetResult(line!);
            }
        }
    }
}
