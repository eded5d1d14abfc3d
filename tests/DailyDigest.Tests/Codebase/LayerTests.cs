using System.Text.RegularExpressions;

namespace DailyDigest.Tests.Codebase;

/// <summary>The folders of the core are layers: docs/architecture.md, "Folders of the core".</summary>
public sealed partial class LayerTests
{
    private const string Core = "src/DailyDigest/";

    /// <summary>Bottom-up: a folder may reference only folders listed before it.</summary>
    private static readonly string[] Layers =
    [
        "Storage", "Calendar", "Settings", "Figures", "Content", "Hooks", "Edits", "Runs", "Selection", "Digests", "Mailing", "Subscribers",
        "Accounts", "Sending", "Repair", "Reporting", "Returns", "Relays", "Clock", "Moving", "App",
    ];

    [Fact]
    public void A_folder_of_the_core_references_only_folders_below_it()
    {
        var upward = Repository.Files(Core, ".cs").SelectMany(path => References(path)
            .Where(layer => Array.IndexOf(Layers, layer) > Array.IndexOf(Layers, LayerOf(path)))
            .Select(layer => $"{path} references {layer}"));

        Assert.Empty(upward);
    }

    [Fact]
    public void Every_folder_of_the_core_is_a_layer() =>
        Assert.Equal(
            Layers.Order(StringComparer.Ordinal), Repository.Files(Core, ".cs").Select(LayerOf).Distinct().Order(StringComparer.Ordinal));

    /// <summary>A reference needs a using directive or a qualified name, because a namespace is the folder's.</summary>
    [Fact]
    public void A_file_of_the_core_is_in_the_namespace_of_its_folder() =>
        Assert.All(Repository.Files(Core, ".cs"), path =>
            Assert.Equal(
                [$"DailyDigest.{LayerOf(path)}"], Namespace().Matches(Repository.Read(path)).Select(match => match.Groups[1].Value)));

    [Fact]
    public void The_core_has_no_global_using() =>
        Assert.All(
            Repository.Files(Core, ".cs"), path => Assert.DoesNotContain("global using", Repository.Read(path), StringComparison.Ordinal));

    [Fact]
    public void The_layers_stand_in_the_architecture_page_in_the_same_order()
    {
        var page = Repository.Read("docs/architecture.md");
        var section = page[page.IndexOf("## Folders of the core", StringComparison.Ordinal)..];

        Assert.Equal(Layers, FolderRow().Matches(section).Select(match => match.Groups[1].Value));
    }

    private static string LayerOf(string path) => path[Core.Length..].Split('/')[0];

    private static IEnumerable<string> References(string path)
    {
        var text = Repository.Read(path);
        var usings = Using().Matches(text).Select(match => match.Groups[1].Value);
        var qualified = Qualified().Matches(text).Select(match => match.Groups[1].Value).Where(name => name != LayerOf(path));
        return usings.Concat(qualified).Where(Layers.Contains).Distinct();
    }

    [GeneratedRegex(@"^using (?:static |\w+ = )?DailyDigest\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Using();

    // A qualified name such as "Clock.Tick" or "DailyDigest.Clock.Tick"; not a member such as "Tables.Runs".
    [GeneratedRegex(@"(?:\bDailyDigest\.|(?<![\w.]))([A-Z]\w+)\.[A-Z]")]
    private static partial Regex Qualified();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex FolderRow();
}
