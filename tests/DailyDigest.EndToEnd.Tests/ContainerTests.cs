using System.Text.RegularExpressions;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// The promises of deploy/container: no rights, one volume, a read-only file system, a health check. Neither Docker nor the base images are
/// needed, so nothing is built here.
/// </summary>
public sealed partial class ContainerTests
{
    private static readonly string[] Known =
    [
        "ARG", "FROM", "WORKDIR", "COPY", "RUN", "ENV", "VOLUME", "EXPOSE", "USER", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD",
    ];

    private static readonly string Folder = Path.Combine(TestServices.Repository, "deploy", "container");
    private static readonly string Compose = File.ReadAllText(Path.Combine(Folder, "compose.yaml"));
    private static readonly List<(string Name, string Value)> Instructions = Parse(File.ReadAllText(Path.Combine(Folder, "Dockerfile")));

    [Fact]
    public void The_file_has_only_instructions_that_exist() =>
        Assert.All(Instructions, one => Assert.Contains(one.Name, Known));

    [Fact]
    public void The_sdk_stays_in_the_first_stage_and_each_base_has_a_version()
    {
        var bases = Instructions.Where(one => one.Name == "FROM").Select(one => one.Value).ToList();

        Assert.Equal(2, bases.Count);
        Assert.Matches(@"/dotnet/sdk:10\.0\S* AS build$", bases[0]);
        Assert.Matches(@"/dotnet/runtime-deps:10\.0-\S+$", bases[1]);
        Assert.All(
            Final().Where(one => one.Name == "COPY"), copy => Assert.Contains("--from=build ", copy.Value, StringComparison.Ordinal));
        Assert.DoesNotContain(Final(), one => one.Name == "RUN");
    }

    [Fact]
    public void The_program_runs_as_a_user_without_rights_who_owns_only_the_volume()
    {
        var user = Single("USER");
        Assert.Matches("^[1-9][0-9]*:[1-9][0-9]*$", user);
        Assert.Equal(
            [$"--from=build --chown={user} /state {Single("VOLUME")}"],
            Final().Where(one => one.Name == "COPY" && one.Value.Contains("--chown", StringComparison.Ordinal)).Select(one => one.Value));
        Assert.Contains($"Storage__Path={Single("VOLUME")}/", Single("ENV"), StringComparison.Ordinal);
        Assert.Contains($"    user: \"{user}\"\n", Compose, StringComparison.Ordinal);
    }

    /// <summary>A shell as first process would take the signal to stop for itself, and the base has none.</summary>
    [Fact]
    public void The_program_is_the_first_process_and_checks_its_own_health()
    {
        Assert.Equal("""["/opt/dailydigest/dailydigest"]""", Single("ENTRYPOINT"));
        Assert.Equal("""["serve"]""", Single("CMD"));
        Assert.EndsWith("""CMD ["/opt/dailydigest/dailydigest", "health"]""", Single("HEALTHCHECK"), StringComparison.Ordinal);
    }

    [Fact]
    public void Compose_takes_all_rights_away_and_publishes_the_port_to_this_machine_only()
    {
        Assert.Contains("    read_only: true\n", Compose, StringComparison.Ordinal);
        Assert.Contains("    tmpfs:\n      # For uploads that do not fit in memory.\n      - /tmp\n", Compose, StringComparison.Ordinal);
        Assert.Contains("    cap_drop:\n      - ALL\n", Compose, StringComparison.Ordinal);
        Assert.Contains("      - no-new-privileges:true\n", Compose, StringComparison.Ordinal);
        Assert.DoesNotContain("privileged:", Compose, StringComparison.Ordinal);
        Assert.DoesNotContain("docker.sock", Compose, StringComparison.Ordinal);

        var ports = Port().Matches(Compose).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal([$"127.0.0.1:5000:{Single("EXPOSE")}"], ports);
        Assert.Contains($"Urls=http://+:{Single("EXPOSE")} ", Single("ENV"), StringComparison.Ordinal);
        Assert.Contains($"      - state:{Single("VOLUME")}\n", Compose, StringComparison.Ordinal);
        Assert.EndsWith("\nvolumes:\n  state:\n", Compose, StringComparison.Ordinal);
    }

    /// <summary>The program gets 30 seconds for its stop; a container that is killed after ten would leave messages in doubt.</summary>
    [Fact]
    public void The_container_waits_for_the_stop_of_the_program()
    {
        Assert.Equal("SIGTERM", Single("STOPSIGNAL"));
        Assert.True(int.Parse(Grace().Match(Compose).Groups[1].Value, null) > 30);
    }

    [Fact]
    public void Every_file_that_is_copied_is_there_and_no_secret_can_be()
    {
        var ignored = File.ReadAllLines(Path.Combine(Folder, "Dockerfile.dockerignore"));

        Assert.All(["tests", "infra", "benchmarks"], folder => Assert.Contains(folder, ignored));
        Assert.All(["deploy", "src", "docs", "LICENSE", "CHANGELOG.md"], needed => Assert.DoesNotContain(needed, ignored));
        Assert.Contains("**/*.env", ignored);
        Assert.Contains("data", ignored);
        Assert.DoesNotContain(Instructions, one => one.Name == "ENV" && Secret().IsMatch(one.Value));
    }

    private static IEnumerable<(string Name, string Value)> Final() =>
        Instructions.Skip(Instructions.FindLastIndex(one => one.Name == "FROM") + 1);

    private static string Single(string name) => Assert.Single(Final(), one => one.Name == name).Value;

    /// <summary>The instructions, with continued lines joined and comments left out.</summary>
    private static List<(string Name, string Value)> Parse(string text) =>
    [
        .. Continued().Replace(Comment().Replace(text, ""), " ").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', 2)).Select(parts => (parts[0], parts[1].Trim())),
    ];

    [GeneratedRegex(@"^\s*#.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"[ ]*\\\n\s*")]
    private static partial Regex Continued();

    [GeneratedRegex(@"^      - ""([0-9.:]+)""$", RegexOptions.Multiline)]
    private static partial Regex Port();

    [GeneratedRegex(@"stop_grace_period: (\d+)s")]
    private static partial Regex Grace();

    [GeneratedRegex("Key|Password|Secret|Token", RegexOptions.IgnoreCase)]
    private static partial Regex Secret();
}
