namespace DailyDigest.Tests.Codebase;

/// <summary>The working tree these tests were built in, without what is built, installed or run into it.</summary>
internal static class Repository
{
    private static readonly string[] Outside =
        [".git", "bin", "obj", "node_modules", "data", "TestResults", "BenchmarkDotNet.Artifacts", ".vs", ".idea"];

    /// <summary>The folder with DailyDigest.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Paths relative to <see cref="Root"/>, with forward slashes, of all files whose name ends with one of the endings.</summary>
    public static IReadOnlyList<string> Files(string under, params string[] endings) =>
        Path.Combine(Root, under) is var folder && Directory.Exists(folder)
            ? [.. Walk(folder).Where(path => endings.Any(end => path.EndsWith(end, StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal)]
            : [];

    /// <summary>The text of a file named as <see cref="Files"/> names it.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>True if the file or folder exists.</summary>
    public static bool Has(string path) => Path.Exists(Path.Combine(Root, path));

    /// <summary>Fails with all hits, one a line.</summary>
    public static void AssertNone(IEnumerable<string> hits)
    {
        var report = string.Join('\n', hits);

        Assert.True(report.Length == 0, report);
    }

    private static IEnumerable<string> Walk(string folder) => Directory.EnumerateFiles(folder)
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
        .Concat(Directory.EnumerateDirectories(folder)
            .Where(child => !Outside.Contains(Path.GetFileName(child)) && !child.EndsWith("tests/pictures", StringComparison.Ordinal))
            .SelectMany(Walk));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "DailyDigest.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("These tests read the repository they were built in.");
    }
}
