using System.Text.RegularExpressions;

namespace DailyDigest.Tests.Codebase;

/// <summary>Rules that hold for every file.</summary>
public sealed partial class SourceTests
{
    private const int MaxLines = 300;
    private const int MaxLength = 140;
    private static readonly string[] CodeFolders = ["src", "tests", "benchmarks"];

    [Fact]
    public void No_source_file_has_more_than_300_lines() =>
        Assert.All(Repository.Files("src", ".cs", ".cshtml", ".razor"), path =>
        {
            var lines = Repository.Read(path).AsSpan().Count('\n');
            Assert.True(lines <= MaxLines, $"{path} has {lines} lines: split it by responsibility.");
        });

    /// <summary>Except in the mail's templates: a line break there is a byte of every mail.</summary>
    [Fact]
    public void No_line_of_code_is_longer_than_140_characters()
    {
        var hits = CodeFolders.SelectMany(folder => Repository.Files(folder, ".cs", ".razor", ".cshtml"))
            .Where(path => !path.StartsWith("src/DailyDigest.Mail/Templates/", StringComparison.Ordinal))
            .SelectMany(path => Repository.Read(path).Split('\n').Select((line, index) => (path, line.Length, Number: index + 1)))
            .Where(line => line.Length > MaxLength)
            .Select(line => $"{line.path}:{line.Number} has {line.Length} characters");

        Repository.AssertNone(hits);
    }

    /// <summary>Time comes from TimeProvider, so that a test can move the clock. A test that sleeps is slow and flaky.</summary>
    [Fact]
    public void Nothing_reads_the_machines_clock_or_sleeps() =>
        Assert.All(Repository.Files("src", ".cs").Concat(Repository.Files("tests", ".cs"))
            .Where(path => !path.Contains("/Codebase/", StringComparison.Ordinal)), path =>
        {
            var found = Clock().Match(Code(path));
            Assert.True(!found.Success, $"{path}: {found.Value}");
        });

    /// <summary>
    /// A delay runs on a clock that the test moves, or without end until it is cancelled. Two files wait for real, because the other
    /// process has no such clock: the emulator of Azure's queue, and the sender that is killed while it waits.
    /// </summary>
    [Fact]
    public void Only_a_test_of_another_process_waits_for_real_time()
    {
        string[] waiting = ["tests/DailyDigest.KillChild/Program.cs", "tests/DailyDigest.Storage.Tests/StoreContractTests.cs"];

        Assert.Equal(waiting, Repository.Files("tests", ".cs")
            .Where(path => !path.Contains("/Codebase/", StringComparison.Ordinal) && Waits().IsMatch(Code(path))));
    }

    /// <summary>
    /// Tests of rules and pages use a fake clock. Servers, files, certificates and other processes use the machine's clock.
    /// </summary>
    [Fact]
    public void Tests_of_the_rules_and_of_the_pages_do_not_use_the_machines_clock()
    {
        // Two processes on one SQLite file wait a random moment after a lost race.
        string[] real = ["tests/DailyDigest.Tests/Relays/RelayBudgetTests.cs"];

        Assert.Equal(real, Repository.Files("tests/DailyDigest.Tests", ".cs").Concat(Repository.Files("tests/DailyDigest.Web.Tests", ".cs"))
            .Where(path => !path.Contains("/Codebase/", StringComparison.Ordinal)
                && Code(path).Contains("TimeProvider.System", StringComparison.Ordinal)));
    }

    /// <summary>
    /// Text from outside may be made so that a pattern takes years. A pattern without backtracking takes time in proportion to the text.
    /// One that needs backtracking (lookaround, references) has a time limit, and its caller handles the exception.
    /// </summary>
    [Fact]
    public void Every_pattern_is_without_backtracking_or_has_a_time_limit()
    {
        var patterns = Repository.Files("src", ".cs").SelectMany(path => Pattern().Matches(Repository.Read(path))
            .Select(match => (Path: path, Text: match.Value))).ToList();

        Assert.True(patterns.Count > 40);
        Repository.AssertNone(patterns.Where(one => !Bounded().IsMatch(one.Text)).Select(one => $"{one.Path}: {one.Text}"));
        Assert.All(Repository.Files("src", ".cs"), path =>
        {
            var found = StaticPattern().Match(Code(path));
            Assert.True(!found.Success, $"{path}: {found.Value}: use a generated pattern");
        });
    }

    /// <summary>Pages know a reader only by the link. They set nothing in the browser and need no key ring, unlike the desk.</summary>
    [Fact]
    public void No_cookie_no_session_and_no_key_ring_outside_the_desk() =>
        Assert.All(Repository.Files("src", ".cs", ".cshtml", ".razor", ".csproj", ".js").Where(IsForReaders), path =>
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
    public void Nothing_is_marked_as_unfinished() =>
        Assert.All(Repository.Files("src", ".cs", ".cshtml", ".razor"), path =>
        {
            var found = Unfinished().Match(Repository.Read(path));
            Assert.True(!found.Success, $"{path}: {found.Value}");
        });

    [Fact]
    public void The_scripts_that_the_readme_names_can_be_run() =>
        Assert.All(["tests/run", ".ci/run"], path =>
            Assert.True(OperatingSystem.IsWindows()
                || File.GetUnixFileMode(Path.Combine(Repository.Root, path)).HasFlag(UnixFileMode.UserExecute), path));

    private static string Code(string path) => Comment().Replace(Repository.Read(path), "");

    private static IEnumerable<string> TextFiles() => Repository
        .Files("", ".cs", ".csproj", ".props", ".targets", ".sln", ".json", ".md", ".cshtml", ".razor", ".resx", ".yaml", ".yml", ".bicep",
            ".js", ".css", ".example", "run", ".xml")
        .Where(path => !path.EndsWith("Codebase/SourceTests.cs", StringComparison.Ordinal));

    private static bool IsForReaders(string path) => !path.StartsWith("src/DailyDigest.Web/Desk/", StringComparison.Ordinal);

    [GeneratedRegex(@"\bDateTime(Offset)?\.(UtcNow|Now|Today)\b|\bThread\.Sleep\(")]
    private static partial Regex Clock();

    [GeneratedRegex(@"\bTask\.Delay\((?!Timeout\.Infinite|[^;]*, \w+\.Time,)")]
    private static partial Regex Waits();

    [GeneratedRegex(
        @"\bAddDataProtection\b|\bIDataProtect|\bAddSession\b|\bUseSession\b|\.Session\b|\bAddAntiforgery\b|\bAddCookie\b"
        + @"|\bCookies\s*\.\s*(?:Append|Delete)\b|\bSetCookie\b|""Set-Cookie""|document\.cookie|\b(?:local|session)Storage\b")]
    private static partial Regex Remembered();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?<![A-Za-z0-9_./-])/(home|root|work|Users)/|https?://[a-z0-9.-]*\b(npmjs|nuget|debian)\.")]
    private static partial Regex Foreign();

    [GeneratedRegex(@"\[GeneratedRegex\(.*?\bpartial Regex \w+|\bnew Regex\(.*?;", RegexOptions.Singleline)]
    private static partial Regex Pattern();

    // Linear and Loose are constants with the option, beside the patterns that use them.
    [GeneratedRegex(@"\bNonBacktracking\b|, (?:Linear|Loose)\)|\bTimeLimit\)|\bmatchTimeoutMilliseconds: \d")]
    private static partial Regex Bounded();

    [GeneratedRegex(@"\bRegex\.(?:IsMatch|Match|Matches|Replace|Split|Count|EnumerateMatches)\(")]
    private static partial Regex StaticPattern();

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException")]
    private static partial Regex Unfinished();
}
