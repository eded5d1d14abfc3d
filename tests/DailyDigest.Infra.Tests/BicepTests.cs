namespace DailyDigest.Infra.Tests;

/// <summary>infra/ compiles without a warning, and every rule of the linter is an error.</summary>
public sealed class BicepTests
{
    private static readonly Dictionary<string, string> None = [];

    [Fact]
    public async Task Bicep_compiles_without_an_error_or_a_warning()
    {
        var (exitCode, output, error) = await BicepTool.RunAsync(BicepTool.Infra, None, "build", "main.bicep", "--stdout");

        Assert.Equal("", error.Trim());
        Assert.Equal(0, exitCode);
        Assert.StartsWith("{", output, StringComparison.Ordinal);
    }

    /// <summary>azd compiles the parameters once before its hooks have asked for any value.</summary>
    [Fact]
    public async Task The_parameters_compile_without_any_value()
    {
        var (exitCode, _, error) = await BicepTool.RunAsync(BicepTool.Infra, None, "build-params", "main.bicepparam", "--stdout");

        Assert.Equal("", error.Trim());
        Assert.Equal(0, exitCode);
    }

    [Theory]
    [InlineData("param unused string", "no-unused-params")]
    [InlineData("resource a 'Microsoft.Storage/storageAccounts@2024-01-01' = { name: 'a', location: 'here' }", "BCP035")]
    public async Task A_fault_fails_the_build(string line, string code)
    {
        var folder = BicepTool.Copy();
        try
        {
            await File.AppendAllTextAsync(
                Path.Combine(folder.FullName, "modules", "identity.bicep"), line + "\n", TestContext.Current.CancellationToken);

            var (_, _, error) = await BicepTool.RunAsync(folder.FullName, None, "build", "main.bicep", "--stdout");

            Assert.Contains(code, error, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A module from a registry would need the network, and could change.</summary>
    [Fact]
    public void No_module_comes_from_a_registry() =>
        Assert.All(Sources(), path => Assert.DoesNotMatch(@"'(?:br|ts)[:/]", File.ReadAllText(path)));

    [Fact]
    public async Task The_sources_are_formatted()
    {
        var folder = BicepTool.Copy();
        try
        {
            var (_, _, error) = await BicepTool.RunAsync(folder.FullName, None, "format", "--pattern", "./**/*.bicep");

            Assert.Equal("", error.Trim());
            Assert.All(Sources(), path => Assert.True(
                File.ReadAllText(path) == File.ReadAllText(Path.Combine(folder.FullName, Path.GetRelativePath(BicepTool.Infra, path))),
                $"{path}: run `bicep format`."));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string[] Sources()
    {
        string[] sources = [.. Directory.EnumerateFiles(BicepTool.Infra, "*.bicep", SearchOption.AllDirectories)];
        Assert.NotEmpty(sources);
        return sources;
    }
}
