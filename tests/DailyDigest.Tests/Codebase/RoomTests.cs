using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace DailyDigest.Tests.Codebase;

/// <summary>Who may know whom: docs/architecture.md, "Rooms".</summary>
public sealed partial class RoomTests
{
    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["DailyDigest"] = [],
        ["DailyDigest.Feeds"] = ["DailyDigest"],
        ["DailyDigest.Mail"] = ["DailyDigest"],
        ["DailyDigest.Web"] = ["DailyDigest"],
        ["DailyDigest.Sqlite"] = ["DailyDigest"],
        ["DailyDigest.AzureStorage"] = ["DailyDigest"],
        ["DailyDigest.Functions"] = ["DailyDigest", "DailyDigest.Web", "DailyDigest.Mail", "DailyDigest.Feeds", "DailyDigest.AzureStorage"],
        ["DailyDigest.Demo"] = ["DailyDigest", "DailyDigest.Mail", "DailyDigest.Sqlite"],
        ["DailyDigest.Server"] =
        [
            "DailyDigest", "DailyDigest.Web", "DailyDigest.Mail", "DailyDigest.Feeds", "DailyDigest.Sqlite", "DailyDigest.AzureStorage",
            "DailyDigest.Demo",
        ],
    };

    [Fact]
    public void A_project_refers_only_to_those_it_may_know()
    {
        foreach (var path in Repository.Files("src", ".csproj"))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            Assert.True(MayKnow.ContainsKey(name), $"{name} is a new room: say in docs/architecture.md and here whom it may know.");
            var known = Elements(path, "ProjectReference").Select(one => Path.GetFileNameWithoutExtension(one.Replace('\\', '/')));
            Assert.All(known, other => Assert.Contains(other, MayKnow[name]));
        }
    }

    [Fact]
    public void No_project_but_the_heads_sees_another_adapters_namespace()
    {
        string[] adapters = ["Feeds", "Mail", "Web", "Sqlite", "AzureStorage", "Demo", "Server", "Functions"];
        foreach (var path in Repository.Files("src", ".cs", ".razor", ".cshtml"))
        {
            var room = path.Split('/')[1];
            if (room is "DailyDigest.Server" or "DailyDigest.Functions" or "DailyDigest.Demo")
            {
                continue;
            }

            var foreign = Using().Matches(Repository.Read(path)).Select(match => match.Groups[1].Value)
                .Where(name => adapters.Contains(name) && room != $"DailyDigest.{name}");
            Assert.True(!foreign.Any(), $"{path} uses DailyDigest.{foreign.FirstOrDefault()}.");
        }
    }

    [Fact]
    public void Every_project_stands_in_the_solution()
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
    public void Versions_of_packages_stand_in_one_file() =>
        Assert.All(Repository.Files("", ".csproj"), path => Assert.DoesNotContain(
            XDocument.Parse(Repository.Read(path)).Descendants("PackageReference"),
            package => package.Attribute("Version") is not null
                || (package.Attribute("VersionOverride") is not null && !path.StartsWith("benchmarks/", StringComparison.Ordinal))));

    private static IEnumerable<string> Elements(string path, string name) =>
        XDocument.Parse(Repository.Read(path)).Descendants(name).Select(one => one.Attribute("Include")?.Value.Replace('\\', '/')).OfType<string>();

    [GeneratedRegex(@"\.csproj"", ""(?<id>\{[0-9A-F-]+\})""")]
    private static partial Regex Project();

    [GeneratedRegex(@"^\s*@?(?:global )?using (?:static )?DailyDigest\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Using();
}
