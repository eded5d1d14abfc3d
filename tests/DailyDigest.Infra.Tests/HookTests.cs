using System.Diagnostics;
using System.Text.RegularExpressions;
using DailyDigest.Testing.Services;

namespace DailyDigest.Infra.Tests;

/// <summary>
/// The hooks of azd, run by sh with an azd and an az that only record. azd gives a hook the values of its environment as variables.
/// </summary>
public sealed partial class HookTests : IDisposable
{
    private static readonly string[] NewKeys = ["DAILYDIGEST_NEW_LINKS_KEY", "DAILYDIGEST_NEW_IDENTITY_KEY", "DAILYDIGEST_NEW_API_KEY"];
    private static readonly string[] AllSecrets = ["api-key", "dkim-private-key", "identity-key", "links-keys", "mail-secret"];

    /// <summary>
    /// The programs are part of the repository. One that a test writes may be held open by another test's child process, and cannot be
    /// run then.
    /// </summary>
    private static readonly string Programs =
        Path.Combine(TestServices.Repository, "tests", "DailyDigest.Infra.Tests", "Programs");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dailydigest-hooks-");

    [Fact]
    public async Task The_first_time_it_asks_for_every_value_and_makes_three_keys()
    {
        // None of these is run or unquoted: they are values.
        const string Name = "The \"Daily\" 'Example' $(touch executed) `touch executed` \\n النشرة";

        var (exitCode, output) = await RunAsync("preprovision.sh",
            [Name, "Europe/Paris", "1 Example Street", "-digest@example.com", "smtp.example.com", "", ""], []);

        Assert.True(exitCode == 0, output);
        var values = Kept();
        Assert.Equal(Name, values["DAILYDIGEST_NAME"]);
        Assert.Equal("-digest@example.com", values["DAILYDIGEST_MAIL_FROM"]);
        Assert.Equal("", values["DAILYDIGEST_MAIL_USER"]);
        Assert.Equal("false", values["DAILYDIGEST_RECOVER_VAULT"]);
        Assert.All(NewKeys, name => Assert.Equal(32, Convert.FromBase64String(values[name]).Length));
        Assert.Equal(3, NewKeys.Select(name => values[name]).Distinct().Count());
        Assert.False(File.Exists(Path.Combine(folder.FullName, "executed")));
    }

    [Fact]
    public async Task An_answer_that_does_not_fit_is_asked_for_again()
    {
        var (exitCode, output) = await RunAsync("preprovision.sh",
            ["", "N", "Paris", "Europe/Paris", "P", "digest", "digest@example.com", "smtp.example.com", ""], []);

        Assert.True(exitCode == 0, output);
        Assert.Equal("N", Kept()["DAILYDIGEST_NAME"]);
        Assert.Equal("Europe/Paris", Kept()["DAILYDIGEST_TIME_ZONE"]);
        Assert.Equal("digest@example.com", Kept()["DAILYDIGEST_MAIL_FROM"]);
    }

    [Fact]
    public async Task The_second_time_it_asks_for_nothing_and_makes_no_key()
    {
        Vault("/subscriptions/s/vault", AllSecrets);

        var (exitCode, output) = await RunAsync("preprovision.sh", [], Answered);

        Assert.True(exitCode == 0, output);
        Assert.All(NewKeys, name => Assert.Equal("", Kept()[name]));
        Assert.DoesNotContain(Answered.Keys, name => Kept().ContainsKey(name));
        Assert.DoesNotContain("DAILYDIGEST_MAIL_SECRET", Kept().Keys);
    }

    /// <summary>The vault may exist without keys: the first deployment was broken off. Then the keys that were made are used.</summary>
    [Fact]
    public async Task A_key_that_was_made_and_not_yet_stored_is_used_again()
    {
        Vault("/subscriptions/s/vault", ["links-keys"]);

        var (exitCode, output) = await RunAsync("preprovision.sh", [],
            new(Answered) { ["DAILYDIGEST_MAIL_USER"] = "", ["DAILYDIGEST_NEW_IDENTITY_KEY"] = "from a backup" });

        Assert.True(exitCode == 0, output);
        Assert.Equal("", Kept()["DAILYDIGEST_NEW_LINKS_KEY"]);
        Assert.DoesNotContain("DAILYDIGEST_NEW_IDENTITY_KEY", Kept().Keys);
        Assert.NotEqual("", Kept()["DAILYDIGEST_NEW_API_KEY"]);
    }

    [Fact]
    public async Task A_deleted_vault_is_recovered_and_no_key_is_made()
    {
        File.WriteAllText(Path.Combine(folder.FullName, "deleted"), "digest-abc\n");

        var (exitCode, output) = await RunAsync("preprovision.sh", [], Answered);

        Assert.True(exitCode == 0, output);
        Assert.Equal("true", Kept()["DAILYDIGEST_RECOVER_VAULT"]);
        Assert.All(NewKeys, name => Assert.Equal("", Kept()[name]));
    }

    [Fact]
    public async Task Without_a_look_at_the_vault_no_key_is_made()
    {
        File.WriteAllText(Path.Combine(folder.FullName, "az-fails"), "");

        var (exitCode, output) = await RunAsync("preprovision.sh", [], Answered);

        Assert.Equal(1, exitCode);
        Assert.Contains("az login", output, StringComparison.Ordinal);
        Assert.DoesNotContain(NewKeys, name => Kept().ContainsKey(name));
    }

    [Fact]
    public async Task Without_an_answer_it_ends_and_names_the_setting()
    {
        var (exitCode, output) = await RunAsync("preprovision.sh", ["The Daily Example"], []);

        Assert.Equal(1, exitCode);
        Assert.Contains("azd env set DAILYDIGEST_TIME_ZONE VALUE", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_login_needs_its_password_once()
    {
        var (exitCode, output) = await RunAsync("preprovision.sh", ["p\"a'ss $(x) \\"], Answered);

        Assert.True(exitCode == 0, output);
        Assert.Equal("p\"a'ss $(x) \\", Kept()["DAILYDIGEST_MAIL_SECRET"]);
        Assert.DoesNotContain("$(x)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_by_the_identity_of_the_app_needs_no_password()
    {
        var (exitCode, output) = await RunAsync("preprovision.sh", [], new(Answered) { ["DAILYDIGEST_MAIL_OAUTH_SCOPE"] = "scope" });

        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("DAILYDIGEST_MAIL_SECRET", Kept().Keys);
    }

    [Fact]
    public async Task After_provisioning_this_machine_forgets_every_secret()
    {
        var (exitCode, output) = await RunAsync("postprovision.sh", [], new() { ["AZURE_KEY_VAULT_NAME"] = "digest-abc" });

        Assert.True(exitCode == 0, output);
        Assert.All([.. NewKeys, "DAILYDIGEST_MAIL_SECRET", "DAILYDIGEST_DKIM_PRIVATE_KEY"], name => Assert.Equal("", Kept()[name]));
        Assert.Contains("--vault-name digest-abc --name identity-key", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_deploying_it_shows_the_sign_up_page_and_the_status_command()
    {
        var (exitCode, output) = await RunAsync("postdeploy.sh", [], new() { ["DAILYDIGEST_BASE_URL"] = "https://digest.example.com" });

        Assert.True(exitCode == 0, output);
        Assert.Contains("https://digest.example.com/\n", output, StringComparison.Ordinal);
        Assert.Contains("infra/digest status", output, StringComparison.Ordinal);
    }

    /// <summary>infra/digest gives the command line the values of the environment and the keys of the vault, whatever is in them.</summary>
    [Fact]
    public async Task The_command_line_gets_the_values_and_the_keys_as_they_are()
    {
        const string Name = "The \"Daily\" $(touch executed) النشرة\nsecond line";
        var file = Path.Combine(folder.FullName, "name");
        await File.WriteAllTextAsync(file, Name, TestContext.Current.CancellationToken);

        var (exitCode, output) = await RunAsync("../digest", [], new() { ["NAME_FILE"] = file }, programs: "Answering");

        Assert.True(exitCode == 0, output);
        Assert.Equal(
            $"{Name}\nthe secret identity-key of the value of AZURE_KEY_VAULT_NAME\n"
                + "the secret mail-secret of the value of AZURE_KEY_VAULT_NAME\n"
                + "run|--no-launch-profile|--project|src/DailyDigest.Server|--|status|", output);
        Assert.False(File.Exists(Path.Combine(TestServices.Repository, "executed")));
    }

    [Fact]
    public void Every_hook_exists_for_sh_and_for_powershell_and_names_the_same_values()
    {
        var yaml = File.ReadAllText(Path.Combine(TestServices.Repository, "azure.yaml"));
        var hooks = Hook().Matches(yaml).Select(match => match.Groups[1].Value).ToList();

        Assert.Equal(3, hooks.Count);
        Assert.All(hooks, hook =>
        {
            var shell = Path.Combine(BicepTool.Infra, "hooks", hook + ".sh");
            var power = Path.Combine(BicepTool.Infra, "hooks", hook + ".ps1");
            Assert.Contains($"run: infra/hooks/{hook}.ps1", yaml, StringComparison.Ordinal);
            Assert.Equal(Values(shell), Values(power));
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(shell).HasFlag(UnixFileMode.UserExecute), shell);
        });
    }

    [Fact]
    public void Every_value_of_the_environment_is_documented()
    {
        var page = File.ReadAllText(Path.Combine(TestServices.Repository, "docs", "azure.md"));
        var values = Value().Matches(File.ReadAllText(Path.Combine(BicepTool.Infra, "main.bicepparam"))).Select(match => match.Value)
            .Where(name => !name.StartsWith("DAILYDIGEST_NEW_", StringComparison.Ordinal) || name == "DAILYDIGEST_NEW_IDENTITY_KEY");

        Assert.NotEmpty(values);
        Assert.All(values, name => Assert.Contains(name, page, StringComparison.Ordinal));
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static Dictionary<string, string> Answered => new()
    {
        ["DAILYDIGEST_NAME"] = "N",
        ["DAILYDIGEST_TIME_ZONE"] = "Europe/Paris",
        ["DAILYDIGEST_POSTAL_ADDRESS"] = "first line\nsecond line",
        ["DAILYDIGEST_MAIL_FROM"] = "digest@example.com",
        ["DAILYDIGEST_MAIL_HOST"] = "smtp.example.com",
        ["DAILYDIGEST_MAIL_USER"] = "digest",
    };

    private static SortedSet<string> Values(string path) => new(
        Value().Matches(File.ReadAllText(path)).Select(match => match.Value)
            .Concat(Short().Matches(File.ReadAllText(path)).Select(match => "DAILYDIGEST_" + match.Groups[1].Value))
            .Where(name => name.Length > "DAILYDIGEST_".Length), StringComparer.Ordinal);

    private void Vault(string id, params IEnumerable<string> secrets)
    {
        File.WriteAllText(Path.Combine(folder.FullName, "vaults"), id + "\n");
        File.WriteAllText(Path.Combine(folder.FullName, "secrets"), string.Join('\n', secrets) + "\n");
    }

    /// <summary>The values that the hook gave to azd, the last one of each name.</summary>
    private Dictionary<string, string> Kept()
    {
        var values = new Dictionary<string, string>();
        var record = Path.Combine(folder.FullName, "azd-calls");
        foreach (var call in File.Exists(record) ? File.ReadAllText(record).Split("\u001e", StringSplitOptions.RemoveEmptyEntries) : [])
        {
            var arguments = call.Split('\0');
            Assert.Equal(["env", "set", "--"], arguments[..3]);
            Assert.Equal(6, arguments.Length);
            values[arguments[3]] = arguments[4];
        }

        return values;
    }

    private async Task<(int ExitCode, string Output)> RunAsync(
        string hook, string[] answers, Dictionary<string, string> environment, string programs = "Recording")
    {
        var shell = TestServices.RequireProgram("sh");
        var start = new ProcessStartInfo(shell, [Path.Combine(BicepTool.Infra, "hooks", hook), "status"])
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = Path.Combine(Programs, programs) + Path.PathSeparator + start.Environment["PATH"];
        start.Environment["AZURE_ENV_NAME"] = "daily";
        start.Environment["AZURE_SUBSCRIPTION_ID"] = "00000000-0000-0000-0000-000000000001";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.StandardInput.WriteAsync(string.Concat(answers.Select(answer => answer + "\n")));
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The hook ended before it read every answer.
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await error);
    }

    [GeneratedRegex("run: infra/hooks/([a-z]+).sh")]
    private static partial Regex Hook();

    [GeneratedRegex("DAILYDIGEST_[A-Z_]+")]
    private static partial Regex Value();

    // The PowerShell hook clears values by the rest of their names.
    [GeneratedRegex("'([A-Z]+(?:_[A-Z]+)+)'")]
    private static partial Regex Short();
}
