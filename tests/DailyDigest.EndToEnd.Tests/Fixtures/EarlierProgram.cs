using System.Collections.Concurrent;
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
        var (code, said) = await Tool.RunAsync(git, [.. here, "cat-file", "-e", commit + "^{commit}"]);
        TestServices.SkipBecause(code == 0 ? null
            : $"The commit {commit} of an earlier version is not in the git history here ({said.Trim()}). Fetch the whole history: "
                + "git fetch --unshallow");

        var folder = Directory.CreateTempSubdirectory("dailydigest-earlier-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var archive = Path.Combine(folder, "sources.tar");
        await Tool.SucceedAsync(git, [.. here, "archive", "--format=tar", $"--output={archive}", commit]);
        await Tool.SucceedAsync("tar", ["-xf", archive, "-C", folder]);
        var output = Path.Combine(folder, "program");
        await Tool.SucceedAsync(
            TestServices.Which("dotnet") ?? "dotnet",
            [
                "build", Path.Combine(folder, "src", "DailyDigest.Server"), "--configuration", "Release", "--output", output,
                "-nodeReuse:false", "-p:UseSharedCompilation=false",
            ]);
        return Path.Combine(output, "DailyDigest.Server.dll");
    }
}
