using System.Text.RegularExpressions;
using DailyDigest.Subscribers;

namespace DailyDigest.Tests.Codebase;

/// <summary>The documents match the code: links, settings, texts, decisions.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void Every_link_in_the_documents_leads_somewhere()
    {
        foreach (var path in Repository.Files("", ".md"))
        {
            foreach (Match link in Link().Matches(Fence().Replace(Repository.Read(path), "")))
            {
                var target = link.Groups[1].Value;
                if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal))
                {
                    continue;
                }

                var parts = target.Split('#', 2);
                var file = parts[0].Length == 0 ? path : Relative(path, parts[0]);
                Assert.True(Repository.Has(file), $"{path} links to {target}, and there is no {file}.");
                if (parts.Length == 2 && file.EndsWith(".md", StringComparison.Ordinal))
                {
                    Assert.True(Anchors(file).Contains(parts[1]), $"{path} links to {target}, and {file} has no such heading.");
                }
            }
        }
    }

    /// <summary>
    /// An options class names its section in a const; every property that can be set has a row, named as in the environment.
    /// </summary>
    [Fact]
    public void Every_option_has_a_row_in_the_configuration_page()
    {
        var rows = Row().Matches(Repository.Read("docs/configuration.md")).Select(match => match.Groups[1].Value)
            .ToHashSet(StringComparer.Ordinal);
        var options = Options().ToList();

        Assert.Contains("Publication__Name", options);
        Assert.True(options.All(rows.Contains),
            $"docs/configuration.md has no row for {string.Join(", ", options.Where(option => !rows.Contains(option)))}.");
    }

    [Fact]
    public void Every_row_of_the_configuration_page_is_a_setting_that_something_reads()
    {
        var options = Options().ToHashSet(StringComparer.Ordinal);
        var source = string.Concat(Repository.Files("src", ".cs", ".json").Append("local.settings.json.example").Select(Repository.Read));
        var rows = Row().Matches(Repository.Read("docs/configuration.md")).Select(match => match.Groups[1].Value).ToList();

        // Urls is read by ASP.NET Core itself.
        var unread = rows.Where(row => row != "Urls" && !options.Contains(row) && !source.Contains(row, StringComparison.Ordinal)
            && !source.Contains(row.Replace("__", ":", StringComparison.Ordinal), StringComparison.Ordinal)).ToList();

        Assert.True(unread.Count == 0, $"Nothing reads {string.Join(", ", unread)}.");
    }

    /// <summary>A consent names the version of its sentence; docs/readers.md has the sentence of each version.</summary>
    [Fact]
    public void The_consent_sentence_is_documented_with_its_version_in_every_language()
    {
        var rows = Repository.Read("docs/readers.md");
        var texts = Repository.Files("src/DailyDigest.Web", ".resx")
            .Where(path => Path.GetFileName(path).StartsWith("PageTexts.", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(texts);
        Assert.All(texts, path =>
        {
            var language = Path.GetFileName(path).Split('.') is [_, var code, _] ? code : "en";
            var sentence = Consent().Match(Repository.Read(path)).Groups[1].Value;
            Assert.Contains($"| {SignUp.Wording} | {language} | {sentence} |", rows, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Every_decision_says_what_it_costs()
    {
        var decisions = Repository.Files("docs/decisions", ".md");

        Assert.NotEmpty(decisions);
        Assert.All(decisions, path => Assert.All(
            ["Context", "Decision", "Alternatives", "What gets easier", "What gets harder"],
            heading => Assert.Contains($"\n## {heading}\n", Repository.Read(path), StringComparison.Ordinal)));
    }

    [Fact]
    public void Decisions_are_numbered_without_gaps() =>
        Assert.Equal(
            Enumerable.Range(1, Repository.Files("docs/decisions", ".md").Count),
            Repository.Files("docs/decisions", ".md").Select(path => int.Parse(Path.GetFileName(path)[..4], null)));

    /// <summary>The properties that follow a section's const, up to the next one, belong to it, and those of the class's base.</summary>
    private static IEnumerable<string> Options() =>
        from path in Repository.Files("src", ".cs")
        let text = Repository.Read(path)
        from part in SectionStart().Split(text).Skip(1)
        let section = part[..part.IndexOf('"', StringComparison.Ordinal)].Replace(":", "__", StringComparison.Ordinal)
        let body = EndOfClass().Split(part)[0] + BaseClass(path, text)
        from Match property in Settable().Matches(body)
        select $"{section}__{property.Groups[1].Value}";

    private static string BaseClass(string path, string text)
    {
        if (Inherits().Match(text) is not { Success: true } match)
        {
            return "";
        }

        var parent = Repository.Read(path[..(path.LastIndexOf('/') + 1)] + match.Groups[1].Value + ".cs");
        return parent + BaseClass(path, parent);
    }

    private static string Relative(string from, string to) =>
        Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(from)!, to)))
            .Replace('\\', '/');

    private static HashSet<string> Anchors(string path) => Heading().Matches(Repository.Read(path))
        .Select(match => NotInAnchor().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'))
        .ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex("name=\"Consent\"[^>]*><value>(.+?)</value>")]
    private static partial Regex Consent();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"```.*?```", RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\| `([A-Za-z0-9_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"class \w+Options : (\w+Options)$", RegexOptions.Multiline)]
    private static partial Regex Inherits();

    [GeneratedRegex(@"const string Section = """)]
    private static partial Regex SectionStart();

    [GeneratedRegex(@"^\}", RegexOptions.Multiline)]
    private static partial Regex EndOfClass();

    [GeneratedRegex(@"^    public (?:required )?[\w<>?,\[\] ]+? (\w+) \{ get; (?:set|init); \}", RegexOptions.Multiline)]
    private static partial Regex Settable();

    [GeneratedRegex(@"^#+ (.+?)\s*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{Nd} _-]")]
    private static partial Regex NotInAnchor();
}
