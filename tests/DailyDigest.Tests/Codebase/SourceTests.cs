using System.Text.RegularExpressions;

namespace DailyDigest.Tests.Codebase;

/// <summary>What is the same in every file.</summary>
public sealed partial class SourceTests
{
    private const int MostLines = 300;

    [Fact]
    public void No_source_file_is_too_long_to_be_read_in_one_sitting() =>
        Assert.All(Repository.Files("src", ".cs", ".cshtml", ".razor"), path =>
        {
            var lines = Repository.Read(path).AsSpan().Count('\n');
            Assert.True(lines <= MostLines, $"{path} has {lines} lines; what in it is a thing of its own?");
        });

    /// <summary>Time comes from TimeProvider, so that a test can move the clock; a test that waits is slow or flaky, and mostly both.</summary>
    [Fact]
    public void Nothing_reads_the_machines_clock_or_sleeps() =>
        Assert.All(Repository.Files("src", ".cs").Concat(Repository.Files("tests", ".cs")).Where(path => !path.Contains("/Codebase/", StringComparison.Ordinal)), path =>
        {
            var found = Clock().Match(Code(path));
            Assert.True(!found.Success, $"{path}: {found.Value}");
        });

    /// <summary>
    /// A delay is on a clock that the test moves, or endless until it is cancelled. Waiting for real is for those who wait for a process that has no
    /// such clock: the emulator of Azure's queue, and the sender that is killed while it waits.
    /// </summary>
    [Fact]
    public void No_test_waits_for_time_to_pass_but_those_that_wait_for_another_process()
    {
        string[] waiting = ["tests/DailyDigest.KillChild/Program.cs", "tests/DailyDigest.Storage.Tests/StoreContractTests.cs"];

        Assert.Equal(waiting, Repository.Files("tests", ".cs").Where(path => !path.Contains("/Codebase/", StringComparison.Ordinal) && Waits().IsMatch(Code(path))));
    }

    /// <summary>Where the product's rules are tested, time stands still. (Servers, files, certificates and other processes have the machine's.)</summary>
    [Fact]
    public void Tests_of_the_rules_and_of_the_pages_do_not_use_the_machines_clock()
    {
        // Machines on one file that lose a race wait a moment by chance.
        string[] real = ["tests/DailyDigest.Tests/Relays/RelayBudgetTests.cs"];

        Assert.Equal(real, Repository.Files("tests/DailyDigest.Tests", ".cs").Concat(Repository.Files("tests/DailyDigest.Web.Tests", ".cs"))
            .Where(path => !path.Contains("/Codebase/", StringComparison.Ordinal) && Code(path).Contains("TimeProvider.System", StringComparison.Ordinal)));
    }

    /// <summary>What a link says is all that the pages know of who asks: nothing is set in a browser, and no key ring has to be kept or shared.</summary>
    [Fact]
    public void No_cookie_no_session_and_no_key_ring_of_the_frameworks() =>
        Assert.All(Repository.Files("src", ".cs", ".cshtml", ".razor", ".csproj", ".js"), path =>
        {
            var found = Remembered().Match(Code(path));
            Assert.True(!found.Success, $"{path}: {found.Value}");
        });

    [Fact]
    public void Nothing_names_the_machine_it_was_written_on_or_a_registry() =>
        Assert.All(TextFiles(), path =>
        {
            var found = Foreign().Match(Repository.Read(path));
            Assert.True(!found.Success, $"{path}: {found.Value}");
        });

    [Fact]
    public void Nothing_is_unfinished_by_its_own_words() =>
        Assert.All(Repository.Files("src", ".cs", ".cshtml", ".razor"), path =>
        {
            var found = Unfinished().Match(Repository.Read(path));
            Assert.True(!found.Success, $"{path}: {found.Value}");
        });

    [Fact]
    public void The_scripts_that_the_readme_names_can_be_run() =>
        Assert.All(["tests/run", ".ci/run"], path =>
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Path.Combine(Repository.Root, path)).HasFlag(UnixFileMode.UserExecute), path));

    private static string Code(string path) => Comment().Replace(Repository.Read(path), "");

    private static IEnumerable<string> TextFiles() => Repository
        .Files("", ".cs", ".csproj", ".props", ".targets", ".sln", ".json", ".md", ".cshtml", ".razor", ".resx", ".yaml", ".yml", ".bicep", ".js", ".css", ".example", "run", ".xml")
        .Where(path => !path.EndsWith("Codebase/SourceTests.cs", StringComparison.Ordinal));

    [GeneratedRegex(@"\bDateTime(Offset)?\.(UtcNow|Now|Today)\b|\bThread\.Sleep\(")]
    private static partial Regex Clock();

    [GeneratedRegex(@"\bTask\.Delay\((?!Timeout\.Infinite|[^;]*, \w+\.Time,)")]
    private static partial Regex Waits();

    [GeneratedRegex(@"\bAddDataProtection\b|\bIDataProtect|\bAddSession\b|\bUseSession\b|\.Session\b|\bAddAntiforgery\b|\bAddCookie\b|\bCookies\s*\.\s*(?:Append|Delete)\b|\bSetCookie\b|""Set-Cookie""|document\.cookie|\b(?:local|session)Storage\b")]
    private static partial Regex Remembered();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?<![A-Za-z0-9_./-])/(home|root|work|Users)/|https?://[a-z0-9.-]*\b(npmjs|nuget|debian)\.")]
    private static partial Regex Foreign();

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException")]
    private static partial Regex Unfinished();
}
