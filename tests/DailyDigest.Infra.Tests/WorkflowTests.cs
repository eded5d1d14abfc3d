using System.Text.RegularExpressions;
using DailyDigest.Testing.Services;

namespace DailyDigest.Infra.Tests;

/// <summary>The workflow that deploys: no secret, no more rights than it needs, and no action that can change.</summary>
public sealed partial class WorkflowTests
{
    private static readonly string Workflow =
        File.ReadAllText(Path.Combine(TestServices.Repository, ".github", "workflows", "azure.yml"));

    [Fact]
    public void It_has_no_secret() => Assert.DoesNotContain("secrets.", Workflow, StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void Every_action_is_pinned_to_a_commit_and_says_its_version()
    {
        var actions = Workflow.Split('\n').Where(line => line.Contains("uses:", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(actions);
        Assert.All(actions, line => Assert.Matches("uses: [A-Za-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9.]+$", line));
    }

    [Fact]
    public void Only_the_job_that_deploys_may_ask_for_an_identity()
    {
        var jobs = Workflow.Split("\n  deploy:\n");

        Assert.Equal(2, jobs.Length);
        Assert.DoesNotContain("id-token", jobs[0], StringComparison.Ordinal);
        Assert.Contains("permissions:\n  contents: read\n", jobs[0], StringComparison.Ordinal);
        Assert.Contains("    permissions:\n      contents: read\n      id-token: write\n", jobs[1], StringComparison.Ordinal);
        Assert.DoesNotContain(": write", jobs[1].Replace("id-token: write", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("    needs: test\n", jobs[1], StringComparison.Ordinal);
    }

    [Fact]
    public void No_expression_stands_in_a_command() =>
        Assert.All(Command().Matches(Workflow), match => Assert.DoesNotContain("${{", match.Value, StringComparison.Ordinal));

    [GeneratedRegex(@"run:(?: [|>]-?\n(?: {10}[^\n]*\n)+|[^\n]*\n)")]
    private static partial Regex Command();
}
