using System.Diagnostics;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using DailyDigest.EndToEnd.Tests.Fixtures;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The folder that <c>dotnet publish src/DailyDigest.Server -c Release</c> writes.</summary>
public sealed class PublishTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dailydigest-publish-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Program => Path.Combine(folder, "DailyDigest.Server.dll");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_published_server_has_no_demonstration_and_names_missing_settings()
    {
        await PublishAsync();

        Assert.DoesNotContain(
            Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories), file => file.Contains("Demo", StringComparison.Ordinal));
        var dependencies = await File.ReadAllTextAsync(Path.ChangeExtension(Program, "deps.json"), Cancellation);
        Assert.Contains("DailyDigest.Web", dependencies, StringComparison.Ordinal);
        Assert.DoesNotContain("Demo", dependencies, StringComparison.Ordinal);
        Assert.Contains("DailyDigest.Web", References());
        Assert.DoesNotContain("DailyDigest.Demo", References());

        foreach (var environment in new[] { "Development", "Production" })
        {
            var (code, output) = await StartAsync(environment);

            Assert.Equal(2, code);
            Assert.Contains("Publication__Name: the name readers know", output, StringComparison.Ordinal);
            Assert.DoesNotContain("demonstration", output, StringComparison.Ordinal);
            Assert.False(Directory.Exists(Path.Combine(folder, "data")), "The program made a data folder.");
        }
    }

    private async Task PublishAsync()
    {
        using var publish = Process.Start(new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = Root(),
            ArgumentList = { "publish", "src/DailyDigest.Server", "-c", "Release", "--no-restore", "-o", folder,
                "-p:UseSharedCompilation=false", "-p:RunAnalyzers=false" },
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1" },
            RedirectStandardOutput = true,
        })!;
        var output = await publish.StandardOutput.ReadToEndAsync(Cancellation);
        await publish.WaitForExitAsync(Cancellation);
        Assert.True(publish.ExitCode == 0, output);
    }

    private List<string> References()
    {
        using var assembly = new PEReader(File.OpenRead(Program));
        var metadata = assembly.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(one => metadata.GetString(metadata.GetAssemblyReference(one).Name))];
    }

    private async Task<(int Code, string Output)> StartAsync(string environment)
    {
        var settings = new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = environment, ["DOTNET_ENVIRONMENT"] = environment };
        await using var server = ServerProcess.StartProgram(Program, folder, settings);
        return (await server.EndAsync(Cancellation), server.Output);
    }

    private static string Root()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(here!.FullName, "DailyDigest.sln")))
        {
            here = here.Parent;
        }

        return here.FullName;
    }
}
