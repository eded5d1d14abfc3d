using System.Diagnostics;
using System.Reflection;
using DailyDigest.Testing.Services;

namespace DailyDigest.Infra.Tests;

/// <summary>The Bicep compiler of the package Azure.Bicep.CommandLine. It brings the types of all resources and needs no network.</summary>
internal static class BicepTool
{
    private static readonly string Program = Path.Combine(
        typeof(BicepTool).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == "BicepFolder").Value!,
        OperatingSystem.IsWindows() ? "bicep.exe" : "bicep");

    /// <summary>The folder infra.</summary>
    public static string Infra { get; } = Path.Combine(TestServices.Repository, "infra");

    /// <summary>Runs the tool in a folder, with these environment variables besides those of the test.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Copies infra into a new folder, which the caller deletes.</summary>
    public static DirectoryInfo Copy()
    {
        var folder = Directory.CreateTempSubdirectory("dailydigest-infra-");
        foreach (var file in Directory.EnumerateFiles(Infra, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder.FullName, Path.GetRelativePath(Infra, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return folder;
    }
}
