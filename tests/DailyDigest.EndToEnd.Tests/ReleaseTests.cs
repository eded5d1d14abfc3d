using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The archive that <c>deploy/release</c> builds, and the program in it without a .NET SDK.</summary>
public sealed partial class ReleaseTests(ReleaseFixture release) : IClassFixture<ReleaseFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Library => Path.Combine(release.Folder, "lib");

    private string Program => Path.Combine(release.Folder, "dailydigest");

    [Fact]
    public async Task The_archive_has_its_version_in_the_name_and_a_checksum()
    {
        Assert.Matches($@"^dailydigest-\d+\.\d+\.\d+-{ReleaseFixture.System}\.tar\.gz$", Path.GetFileName(release.Archive));

        var sums = await File.ReadAllTextAsync(Path.Combine(release.Output, "SHA256SUMS"), Cancellation);
        Assert.EndsWith("  " + Path.GetFileName(release.Archive) + "\n", sums, StringComparison.Ordinal);
        await Tool.SucceedAsync("sh", "-c", $"cd '{release.Output}' && sha256sum --check --strict SHA256SUMS");
    }

    [Fact]
    public async Task Every_link_in_the_documents_of_the_archive_leads_somewhere()
    {
        var documents = Directory.GetFiles(release.Folder, "*.md", SearchOption.AllDirectories);
        Assert.Contains(Path.Combine(release.Folder, "docs", "operations.md"), documents);
        Assert.True(File.Exists(Path.Combine(release.Folder, "LICENSE")));

        foreach (var path in documents)
        {
            var text = await File.ReadAllTextAsync(path, Cancellation);
            var links = Link().Matches(text).Select(match => match.Groups[1].Value)
                .Where(link => !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith("mailto:", StringComparison.Ordinal));
            Assert.All(links, link => Assert.True(
                Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, link)), $"{path} links to {link}, which is not in the archive."));
        }
    }

    [Fact]
    public async Task The_settings_of_the_archive_are_those_of_the_program_without_keys()
    {
        var settings = ReadmeSettings.ParseFile(await File.ReadAllTextAsync(Path.Combine(release.Folder, "dailydigest.env"), Cancellation));

        Assert.Contains("Publication__PostalAddress", settings.Keys);
        Assert.Equal("", settings["Links__Keys"]);
        Assert.Equal("", settings["Identity__Key"]);
        Assert.Equal("", settings["Api__Keys__0__Key"]);
        Assert.DoesNotContain(settings.Values, value => value.EndsWith('='));
    }

    [Fact]
    public async Task The_archive_has_no_demonstration_and_names_missing_settings()
    {
        Assert.DoesNotContain(Directory.EnumerateFiles(Library), file => file.Contains("Demo", StringComparison.Ordinal));
        Assert.Contains("DailyDigest.Web", References());
        Assert.DoesNotContain("DailyDigest.Demo", References());

        foreach (var environment in new[] { "Development", "Production" })
        {
            var folder = release.NewFolder("empty-" + environment);
            await using var server = ServerProcess.StartAlone(Program, folder, new Dictionary<string, string>
            {
                ["ASPNETCORE_ENVIRONMENT"] = environment,
                ["DOTNET_ENVIRONMENT"] = environment,
            });

            Assert.Equal(2, await server.EndAsync(Cancellation));
            Assert.Contains("Publication__Name: the name readers know", server.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("demonstration", server.Output, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(folder));
        }
    }

    /// <summary>A publish for one system resolves its packages anew; the lists in the repository say which versions were tested.</summary>
    [Fact]
    public async Task The_archive_has_the_packages_that_were_tested_and_their_licences()
    {
        var locked = await ReadJsonAsync(Path.Combine(TestServices.Repository, "src", "DailyDigest.Server", "packages.lock.json"));
        var tested = locked.GetProperty("dependencies").EnumerateObject()
            .SelectMany(framework => framework.Value.EnumerateObject())
            .Where(package => package.Value.TryGetProperty("resolved", out _))
            .Select(package => $"{package.Name}/{package.Value.GetProperty("resolved").GetString()}")
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var dependencies = await ReadJsonAsync(Path.Combine(Library, "DailyDigest.Server.deps.json"));
        var shipped = dependencies.GetProperty("libraries").EnumerateObject()
            .Where(library => library.Value.GetProperty("type").GetString() == "package").Select(library => library.Name).ToList();

        Assert.Contains(shipped, name => name.StartsWith("MailKit/", StringComparison.Ordinal));
        Assert.DoesNotContain(shipped, name => !tested.Contains(name));

        var licences = await File.ReadAllTextAsync(Path.Combine(release.Folder, "licences", "third-party.md"), Cancellation);
        Assert.All(shipped, name => Assert.Matches(
            $@"(?m)^\| {Regex.Escape(name).Replace("/", @" \| ", StringComparison.Ordinal)} \| [^|]{{3,}} \| [^|]{{3,}} \|$", licences));
    }

    [Fact]
    public async Task The_manual_page_has_every_verb_and_no_fault()
    {
        var page = Path.Combine(release.Folder, "dailydigest.1");
        var mandoc = TestServices.RequireProgram("mandoc");

        await Tool.SucceedAsync(mandoc, "-T", "lint", "-W", "warning", page);
        var text = await Tool.SucceedAsync(mandoc, "-T", "ascii", "-O", "width=200", page);
        text = Struck().Replace(text, "");
        Assert.All(
            ["dailydigest serve", "dailydigest subscribers import FILE", "dailydigest backup [FILE]", "--dry-run", "EXIT STATUS"],
            part => Assert.Contains(part, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Installing_writes_settings_once_and_the_unit_passes_the_check_of_systemd()
    {
        var analyze = TestServices.RequireProgram("systemd-analyze");
        var machine = release.NewFolder("machine");
        var settings = Path.Combine(machine, "etc/dailydigest/dailydigest.env");

        var output = await Tool.SucceedAsync(Path.Combine(release.Folder, "install"), "--root", machine);
        Assert.Contains("Fill in the empty settings", output, StringComparison.Ordinal);
        Assert.Equal("600\n", await Tool.SucceedAsync("stat", "-c", "%a", settings));
        var before = await File.ReadAllTextAsync(settings, Cancellation);
        Assert.Matches("(?m)^Identity__Key=.{40,}$", before);

        // Again, as for an upgrade: from the place to which the first one copied it, too.
        await Tool.SucceedAsync(Path.Combine(release.Folder, "install"), "--root", machine);
        output = await Tool.SucceedAsync(Path.Combine(machine, "opt/dailydigest/install"), "--root", machine);
        Assert.Contains("systemctl restart dailydigest", output, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(settings, Cancellation));
        Assert.Equal(Path.GetFileName(release.Folder), new FileInfo(Path.Combine(machine, "opt/dailydigest")).LinkTarget);

        // The check warns of each line that systemd does not know, and looks for the program.
        var installed = await File.ReadAllTextAsync(Path.Combine(machine, "etc/systemd/system/dailydigest.service"), Cancellation);
        var unit = Path.Combine(release.NewFolder("unit"), "dailydigest.service");
        await File.WriteAllTextAsync(
            unit, installed.Replace("=/opt/dailydigest/", $"={machine}/opt/dailydigest/", StringComparison.Ordinal), Cancellation);
        Assert.Equal("", await Tool.SucceedAsync(analyze, "verify", "--man=no", unit));
        await Tool.SucceedAsync(analyze, "security", "--offline=true", "--threshold=20", "--no-pager", unit);
    }

    [Fact]
    public async Task Both_systems_are_built_the_same_at_each_run()
    {
        if (Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") != "1")
        {
            return;
        }

        var (first, second) = (release.NewFolder("first"), release.NewFolder("second"));
        await ReleaseFixture.BuildAsync(first);
        await ReleaseFixture.BuildAsync(second);

        var sums = await File.ReadAllTextAsync(Path.Combine(first, "SHA256SUMS"), Cancellation);
        Assert.Contains("linux-x64", sums, StringComparison.Ordinal);
        Assert.Contains("linux-arm64", sums, StringComparison.Ordinal);
        Assert.Equal(sums, await File.ReadAllTextAsync(Path.Combine(second, "SHA256SUMS"), Cancellation));
    }

    private static async Task<JsonElement> ReadJsonAsync(string path)
    {
        await using var file = File.OpenRead(path);
        using var json = await JsonDocument.ParseAsync(file, default, Cancellation);
        return json.RootElement.Clone();
    }

    private List<string> References()
    {
        using var assembly = new PEReader(File.OpenRead(Path.Combine(Library, "DailyDigest.Server.dll")));
        var metadata = assembly.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(one => metadata.GetString(metadata.GetAssemblyReference(one).Name))];
    }

    // Bold and underlined letters are struck twice.
    [GeneratedRegex(".\b")]
    private static partial Regex Struck();

    [GeneratedRegex(@"\]\(([^)\s#]+)(?:#[^)\s]*)?\)")]
    private static partial Regex Link();
}
