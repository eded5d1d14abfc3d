namespace DailyDigest.Testing.Services;

/// <summary>The npm packages that tests use. <c>npm ci --ignore-scripts</c> installs them in tests/services.</summary>
public static class TestServices
{
    private static readonly Lazy<string> Root = new(FindRoot);

    /// <summary>The folder with DailyDigest.sln.</summary>
    public static string Repository => Root.Value;

    /// <summary>The folder tests/services.</summary>
    public static string Folder => Path.Combine(Repository, "tests", "services");

    /// <summary>True if a missing service is a failure: DAILYDIGEST_REQUIRE_SERVICES is 1.</summary>
    public static bool AreRequired => Environment.GetEnvironmentVariable("DAILYDIGEST_REQUIRE_SERVICES") == "1";

    /// <summary>Why the npm package cannot be used here, or null if it can.</summary>
    public static string? WhyNot(string package) =>
        Which("node") is null ? "node is not installed"
        : Directory.Exists(Path.Combine(Folder, "node_modules", package)) ? null
        : $"the npm package {package} is not installed: run npm ci --ignore-scripts in tests/services, or tests/run --install";

    /// <summary>Skips the test with the reason if the npm package is not installed; fails it if services are required.</summary>
    public static void Require(string package) => SkipBecause(WhyNot(package));

    /// <summary>Skips the test if the program is not on the PATH; fails it if services are required.</summary>
    public static string RequireProgram(string name)
    {
        var path = Which(name);
        SkipBecause(path is null ? $"{name} is not installed" : null);
        return path!;
    }

    /// <summary>
    /// Skips the test if the program of a Debian package is not unpacked, which <c>tests/run --install</c> does; fails it if services are
    /// required. A package that is installed would start its service.
    /// </summary>
    public static string RequireUnpacked(string name)
    {
        var path = Path.Combine(Folder, "debian", "usr", "bin", name);
        SkipBecause(File.Exists(path) ? null : $"{name} is not unpacked: run tests/run --install");
        return path;
    }

    /// <summary>Skips the test if there is a reason; fails it if services are required.</summary>
    /// <exception cref="ServiceMissingException">There is a reason. xunit v3 treats it as a skip unless services are required.</exception>
    public static void SkipBecause(string? reason)
    {
        if (reason is not null)
        {
            // xunit v3 recognises a skip by this prefix. This project does not reference a test framework.
            throw new ServiceMissingException(AreRequired ? reason : "$XunitDynamicSkip$" + reason);
        }
    }

    /// <summary>The full path of a program on the PATH, or null.</summary>
    public static string? Which(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Append("/usr/sbin").Append("/usr/local/sbin")
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name))
        .FirstOrDefault(File.Exists);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "DailyDigest.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"There is no DailyDigest.sln above {AppContext.BaseDirectory}.");
    }
}

/// <summary>A service that the test needs is not installed.</summary>
public sealed class ServiceMissingException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ServiceMissingException() { }

    /// <summary>Creates the exception.</summary>
    public ServiceMissingException(string message) : base(message) { }

    /// <summary>Creates the exception.</summary>
    public ServiceMissingException(string message, Exception inner) : base(message, inner) { }
}
