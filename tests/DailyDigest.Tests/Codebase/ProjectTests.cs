using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace DailyDigest.Tests.Codebase;

/// <summary>Which project may reference which: docs/architecture.md, "Projects".</summary>
public sealed partial class ProjectTests
{
    private static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["DailyDigest"] = [],
        ["DailyDigest.Feeds"] = ["DailyDigest"],
        ["DailyDigest.Mail"] = ["DailyDigest"],
        ["DailyDigest.Web"] = ["DailyDigest"],
        ["DailyDigest.Sqlite"] = ["DailyDigest"],
        ["DailyDigest.AzureStorage"] = ["DailyDigest"],
        ["DailyDigest.Monitoring"] = ["DailyDigest"],
        ["DailyDigest.Functions"] =
        [
            "DailyDigest", "DailyDigest.Web", "DailyDigest.Mail", "DailyDigest.Feeds", "DailyDigest.AzureStorage", "DailyDigest.Monitoring",
        ],
        ["DailyDigest.Demo"] = ["DailyDigest", "DailyDigest.Mail", "DailyDigest.Sqlite"],
        ["DailyDigest.Server"] =
        [
            "DailyDigest", "DailyDigest.Web", "DailyDigest.Mail", "DailyDigest.Feeds", "DailyDigest.Sqlite", "DailyDigest.AzureStorage",
            "DailyDigest.Monitoring", "DailyDigest.Demo",
        ],
    };

    [Fact]
    public void A_project_references_only_the_projects_it_may_reference()
    {
        foreach (var path in Repository.Files("src", ".csproj"))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            Assert.True(MayReference.ContainsKey(name), $"{name} is a new project: add it to docs/architecture.md and to this test.");
            var references = Elements(path, "ProjectReference").Select(one => Path.GetFileNameWithoutExtension(one.Replace('\\', '/')));
            Assert.All(references, other => Assert.Contains(other, MayReference[name]));
        }
    }

    [Fact]
    public void Only_a_head_uses_the_namespace_of_an_adapter()
    {
        string[] adapters = ["Feeds", "Mail", "Web", "Sqlite", "AzureStorage", "Monitoring", "Demo", "Server", "Functions"];
        foreach (var path in Repository.Files("src", ".cs", ".razor", ".cshtml"))
        {
            var project = path.Split('/')[1];
            if (project is "DailyDigest.Server" or "DailyDigest.Functions" or "DailyDigest.Demo")
            {
                continue;
            }

            var foreign = Using().Matches(Repository.Read(path)).Select(match => match.Groups[1].Value)
                .Where(name => adapters.Contains(name) && project != $"DailyDigest.{name}");
            Assert.True(!foreign.Any(), $"{path} uses DailyDigest.{foreign.FirstOrDefault()}.");
        }
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Read("DailyDigest.sln").Replace('\\', '/');

        Assert.All(Repository.Files("", ".csproj"), path => Assert.Contains($"\"{path}\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_project_is_built_in_debug_and_in_release()
    {
        var solution = Repository.Read("DailyDigest.sln");
        var ids = Project().Matches(solution).Select(match => match.Groups["id"].Value).ToList();

        Assert.Equal(Repository.Files("", ".csproj").Count, ids.Count);
        Assert.All(ids, id => Assert.All(["Debug", "Release"], configuration =>
            Assert.Contains($"{id}.{configuration}|Any CPU.Build.0 = {configuration}|Any CPU", solution, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_project_has_a_lock_file() =>
        Assert.All(
            Repository.Files("", ".csproj"),
            path => Assert.True(Repository.Has($"{Path.GetDirectoryName(path)}/packages.lock.json"), $"{path} has no packages.lock.json."));

    [Fact]
    public void Versions_of_packages_are_in_one_file() =>
        Assert.All(Repository.Files("", ".csproj"), path => Assert.DoesNotContain(
            XDocument.Parse(Repository.Read(path)).Descendants("PackageReference"),
            package => package.Attribute("Version") is not null
                || (package.Attribute("VersionOverride") is not null && !path.StartsWith("benchmarks/", StringComparison.Ordinal))));

    /// <summary>A version that no project references directly is a pin: it appears in a lock file.</summary>
    [Fact]
    public void Every_version_in_the_packages_file_is_used()
    {
        var used = Repository.Files("", ".csproj").SelectMany(path => Elements(path, "PackageReference"))
            .Concat(Repository.Files("", "packages.lock.json")
                .SelectMany(path => Pin().Matches(Repository.Read(path)).Select(match => match.Groups[1].Value)))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);

        Assert.DoesNotContain(Elements("Directory.Packages.props", "PackageVersion"), version => !used.Contains(version));
    }

    private static IEnumerable<string> Elements(string path, string name) =>
        XDocument.Parse(Repository.Read(path)).Descendants(name).Select(one => one.Attribute("Include")?.Value.Replace('\\', '/'))
            .OfType<string>();

    [GeneratedRegex(@"\.csproj"", ""(?<id>\{[0-9A-F-]+\})""")]
    private static partial Regex Project();

    [GeneratedRegex(@"""([^""]+)"": \{\s+""type"": ""CentralTransitive""")]
    private static partial Regex Pin();

    [GeneratedRegex(@"^\s*@?(?:global )?using (?:static )?DailyDigest\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Using();
}
