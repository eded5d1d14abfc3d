using System.Collections.Concurrent;
using System.Diagnostics;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>The server of an earlier commit, built from the history of this repository: once for each commit and test program.</summary>
internal static class EarlierProgram
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Built = new(StringComparer.Ordinal);

    /// <summary>
    /// The path of its assembly. The test is skipped with the reason, or fails where services are required, if the commit is not here.
    /// </summary>
    public static Task<string> BuildAsync(string commit) =>
        Built.GetOrAdd(commit, _ => new Lazy<Task<string>>(() => MakeAsync(commit))).Value;

    private static async Task<string> MakeAsync(string commit)
    {
        var git = TestServices.RequireProgram("git");
        string[] here = ["-c", $"safe.directory={TestServices.Repository}", "-C", TestServices.Repository];
        var (code, said) = await RunAsync(git, [.. here, "cat-file", "-e", commit + "^{commit}"]);
        TestServices.SkipBecause(code == 0 ? null
            : $"The commit {commit} of an earlier version is not in the git history here ({said.Trim()}). Fetch the whole history: "
                + "git fetch --unshallow");

        var folder = Directory.CreateTempSubdirectory("dailydigest-earlier-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var archive = Path.Combine(folder, "sources.tar");
        await SucceedAsync(git, [.. here, "archive", "--format=tar", $"--output={archive}", commit]);
        await SucceedAsync("tar", ["-xf", archive, "-C", folder]);
        var output = Path.Combine(folder, "program");
        await SucceedAsync(
            TestServices.Which("dotnet") ?? "dotnet",
            [
                "build", Path.Combine(folder, "src", "DailyDigest.Server"), "--configuration", "Release", "--output", output,
                "-nodeReuse:false", "-p:UseSharedCompilation=false",
            ]);
        return Path.Combine(output, "DailyDigest.Server.dll");
    }

    private static async Task SucceedAsync(string program, string[] arguments)
    {
        var (code, said) = await RunAsync(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}: {said}");
    }

    private static async Task<(int Code, string Said)> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
