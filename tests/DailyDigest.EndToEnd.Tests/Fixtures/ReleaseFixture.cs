using System.Runtime.InteropServices;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>The archive that <c>deploy/release --quick</c> builds for this machine, and what is in it.</summary>
public sealed class ReleaseFixture : IAsyncLifetime
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("dailydigest-release-");

    /// <summary>The system of this machine, as archives name it.</summary>
    public static string System => RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";

    /// <summary>The folder with archives and checksums.</summary>
    public string Output => Path.Combine(root.FullName, "out");

    /// <summary>The archive.</summary>
    public string Archive { get; private set; } = "";

    /// <summary>The unpacked archive, which every user may read.</summary>
    public string Folder { get; private set; } = "";

    /// <summary>A new folder beside the archive, which every user may enter.</summary>
    public string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(root.FullName, name)).FullName;

    public async ValueTask InitializeAsync()
    {
        await Tool.SucceedAsync("chmod", "755", root.FullName);
        await BuildAsync(Output, "--quick", System);
        Archive = Assert.Single(Directory.GetFiles(Output, "*.tar.gz"));
        await Tool.SucceedAsync("tar", "-xzf", Archive, "-C", root.FullName);
        Folder = Path.Combine(root.FullName, Path.GetFileName(Archive).Replace(".tar.gz", "", StringComparison.Ordinal));
    }

    public ValueTask DisposeAsync()
    {
        root.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs <c>deploy/release</c> into the folder; returns what it printed.</summary>
    public static Task<string> BuildAsync(string folder, params string[] arguments) =>
        Tool.SucceedAsync(Path.Combine(TestServices.Repository, "deploy", "release"), ["--output", folder, .. arguments]);
}
