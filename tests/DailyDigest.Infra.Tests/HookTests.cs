using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.Calendar;
using DailyDigest.Testing.Services;

namespace DailyDigest.Infra.Tests;

/// <summary>The hooks of azd, each by sh and by PowerShell.</summary>
public sealed partial class HookTests : IDisposable
{
    private static readonly string[] AllSecrets =
        ["api-key", "dkim-private-key", "identity-key", "links-keys", "mail-secret", "mailbox-secret"];

    private readonly HookRun hooks = new();

    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task The_first_time_it_asks_for_every_value_and_makes_three_keys(string shell)
    {
        // None of these is run or unquoted: they are values.
        const string Name = "The \"Daily\" 'Example' $(touch executed) `touch executed` $HOME \\n %PATH% النشرة";

        var (exitCode, output) = await hooks.RunAsync(shell, "preprovision",
            [$"  {Name} ", "Europe/Paris", "1 Example Street", "-digest@example.com", "smtp.example.com", "", ""]);

        Assert.True(exitCode == 0, output);
        var values = hooks.Kept();
        Assert.Equal(Name, values["DAILYDIGEST_NAME"]);
        Assert.Equal("-digest@example.com", values["DAILYDIGEST_MAIL_FROM"]);
        Assert.Equal("", values["DAILYDIGEST_MAIL_USER"]);
        Assert.Equal("false", values["DAILYDIGEST_RECOVER_VAULT"]);
        Assert.All(HookRun.NewKeys, name => Assert.Equal(32, Convert.FromBase64String(values[name]).Length));
        Assert.Equal(3, HookRun.NewKeys.Select(name => values[name]).Distinct().Count());
        Assert.False(File.Exists(Path.Combine(hooks.Folder, "executed")));
    }

    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task The_second_time_it_asks_for_nothing_and_makes_no_key(string shell)
    {
        hooks.HasVault(AllSecrets);

        var (exitCode, output) = await hooks.RunAsync(shell, "preprovision", [], HookRun.Answered);

        Assert.True(exitCode == 0, output);
        Assert.All(HookRun.NewKeys, name => Assert.Equal("", hooks.Kept()[name]));
        Assert.DoesNotContain(HookRun.Answered.Keys, name => hooks.Kept().ContainsKey(name));
        Assert.DoesNotContain("DAILYDIGEST_MAIL_SECRET", hooks.Kept().Keys);
    }

    /// <summary>The vault may exist without keys: the first deployment was broken off. Then the keys that were made are used.</summary>
    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task A_key_that_was_made_and_not_yet_stored_is_used_again(string shell)
    {
        hooks.HasVault("links-keys");
        hooks.Write("without-value", "DAILYDIGEST_MAIL_USER\n");

        var (exitCode, output) = await hooks.RunAsync(shell, "preprovision", [],
            new(HookRun.Answered) { ["DAILYDIGEST_MAIL_USER"] = "", ["DAILYDIGEST_NEW_IDENTITY_KEY"] = "from a backup" });

        Assert.True(exitCode == 0, output);
        Assert.Equal("", hooks.Kept()["DAILYDIGEST_NEW_LINKS_KEY"]);
        Assert.DoesNotContain("DAILYDIGEST_NEW_IDENTITY_KEY", hooks.Kept().Keys);
        Assert.NotEqual("", hooks.Kept()["DAILYDIGEST_NEW_API_KEY"]);
    }

    /// <summary>The events may be switched on for a vault that has the other keys already.</summary>
    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task The_secret_of_the_events_is_made_once_when_they_are_switched_on(string shell)
    {
        hooks.HasVault(AllSecrets);
        var (exitCode, output) = await hooks.RunAsync(
            shell, "preprovision", [], new(HookRun.Answered) { ["DAILYDIGEST_EMAIL_EVENTS"] = "true" });
        Assert.True(exitCode == 0, output);
        Assert.Equal(32, Convert.FromBase64String(hooks.Kept()["DAILYDIGEST_NEW_HOOK_SECRET"]).Length);

        hooks.HasVault([.. AllSecrets, "hook-secret"]);
        (exitCode, output) = await hooks.RunAsync(
            shell, "preprovision", [], new(HookRun.Answered) { ["DAILYDIGEST_EMAIL_EVENTS"] = "true" });
        Assert.True(exitCode == 0, output);
        Assert.Equal("", hooks.Kept()["DAILYDIGEST_NEW_HOOK_SECRET"]);
    }

    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task A_deleted_vault_is_recovered_and_no_key_is_made(string shell)
    {
        hooks.HasDeletedVault();

        var (exitCode, output) = await hooks.RunAsync(shell, "preprovision", [], HookRun.Answered);

        Assert.True(exitCode == 0, output);
        Assert.Equal("true", hooks.Kept()["DAILYDIGEST_RECOVER_VAULT"]);
        Assert.All(HookRun.NewKeys, name => Assert.Equal("", hooks.Kept()[name]));
    }

    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task Without_a_look_at_the_vault_no_key_is_made(string shell)
    {
        hooks.Write("az-fails", "");

        var (exitCode, output) = await hooks.RunAsync(shell, "preprovision", [], HookRun.Answered);

        Assert.Equal(1, exitCode);
        Assert.Contains("az login", output, StringComparison.Ordinal);
        Assert.DoesNotContain(HookRun.NewKeys, name => hooks.Kept().ContainsKey(name));
    }

    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task A_new_login_needs_its_password_once(string shell)
    {
        var (exitCode, output) = await hooks.RunAsync(shell, "preprovision", [" p\"a'ss $(x) \\"], HookRun.Answered);

        Assert.True(exitCode == 0, output);
        Assert.Equal(" p\"a'ss $(x) \\", hooks.Kept()["DAILYDIGEST_MAIL_SECRET"]);
        Assert.DoesNotContain("$(x)", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task A_login_by_the_identity_of_the_app_needs_no_password(string shell)
    {
        var (exitCode, output) = await hooks.RunAsync(
            shell, "preprovision", [], new(HookRun.Answered) { ["DAILYDIGEST_MAIL_OAUTH_SCOPE"] = "scope" });

        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("DAILYDIGEST_MAIL_SECRET", hooks.Kept().Keys);
    }

    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task After_provisioning_this_machine_forgets_every_secret(string shell)
    {
        var (exitCode, output) = await hooks.RunAsync(shell, "postprovision", [], new() { ["AZURE_KEY_VAULT_NAME"] = "digest-abc" });

        Assert.True(exitCode == 0, output);
        Assert.All(
            [
                .. HookRun.NewKeys, "DAILYDIGEST_NEW_HOOK_SECRET", "DAILYDIGEST_MAIL_SECRET", "DAILYDIGEST_MAILBOX_SECRET",
                "DAILYDIGEST_DKIM_PRIVATE_KEY",
            ],
            name => Assert.Equal("", hooks.Kept()[name]));
        Assert.Contains("--vault-name digest-abc --name identity-key", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HookRun.Sh)]
    [InlineData(HookRun.Ps1)]
    public async Task After_deploying_it_shows_the_sign_up_page_and_the_status_command(string shell)
    {
        var (exitCode, output) = await hooks.RunAsync(
            shell, "postdeploy", [], new() { ["DAILYDIGEST_BASE_URL"] = "https://digest.example.com" });

        Assert.True(exitCode == 0, output);
        Assert.Contains("https://digest.example.com/\n", output, StringComparison.Ordinal);
        Assert.Contains("infra/digest status", output, StringComparison.Ordinal);
    }

    /// <summary>infra/digest gives the command line the values of the environment and the keys of the vault, whatever is in them.</summary>
    [Fact]
    public async Task The_command_line_gets_the_values_the_settings_and_the_keys_as_they_are()
    {
        const string Name = "The \"Daily\" $(touch executed) النشرة\nsecond line";
        const string Tagline = "a 'b' \"c\" \\ $(touch executed) `touch executed` النشرة";
        hooks.Write("name", Name);
        var lines = $"Mail__Host {Base64("other")}\nPublication__Hour {Base64("6")}\nPublication__Tagline {Base64(Tagline)}";

        var (exitCode, output) = await hooks.RunDigestAsync(
            "status", new() { ["NAME_FILE"] = Path.Combine(hooks.Folder, "name"), ["SETTING_LINES"] = lines });

        Assert.True(exitCode == 0, output);
        Assert.Equal(
            $"{Name}\n6\n{Tagline}\nthe value of DAILYDIGEST_MAIL_HOST\nthe secret identity-key of the value of AZURE_KEY_VAULT_NAME\n"
                + "the secret api-key of the value of AZURE_KEY_VAULT_NAME\n"
                + "the secret mail-secret of the value of AZURE_KEY_VAULT_NAME\n"
                + "run|--no-launch-profile|--project|src/DailyDigest.Server|--|status|", output);
        Assert.False(File.Exists(Path.Combine(TestServices.Repository, "executed")));
    }

    [Fact]
    public async Task Other_settings_reach_the_command_line_in_a_form_that_sh_can_read()
    {
        var outputs = (await Deployment.PredictAsync(
            ("DAILYDIGEST_SETTINGS", """{"Publication__Hour":"6","Publication__Tagline":"a b\nc"}"""))).Outputs;

        Assert.Equal($"Publication__Hour {Base64("6")}\nPublication__Tagline {Base64("a b\nc")}",
            outputs.GetProperty("DIGEST_SETTING_LINES").GetString());
    }

    [Fact]
    public void Every_hook_exists_for_sh_and_for_powershell_and_names_the_same_values()
    {
        var yaml = File.ReadAllText(Path.Combine(TestServices.Repository, "azure.yaml"));
        var names = Hook().Matches(yaml).Select(match => match.Groups[1].Value).ToList();

        Assert.Equal(3, names.Count);
        Assert.All(names, hook =>
        {
            var shell = Path.Combine(BicepTool.Infra, "hooks", hook + ".sh");
            var power = Path.Combine(BicepTool.Infra, "hooks", hook + ".ps1");
            Assert.Contains($"run: infra/hooks/{hook}.ps1", yaml, StringComparison.Ordinal);
            Assert.Equal(Values(shell), Values(power));
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(shell).HasFlag(UnixFileMode.UserExecute), shell);
        });
    }

    [Fact]
    public void The_hooks_know_the_time_zones_of_the_app() =>
        Assert.Equal(Zones.All, File.ReadAllLines(Path.Combine(BicepTool.Infra, "hooks", "zones.txt")));

    [Fact]
    public void Every_value_of_the_environment_is_documented()
    {
        var page = File.ReadAllText(Path.Combine(TestServices.Repository, "docs", "azure.md"));
        var values = Value().Matches(File.ReadAllText(Path.Combine(BicepTool.Infra, "main.bicepparam"))).Select(match => match.Value)
            .Where(name => !name.StartsWith("DAILYDIGEST_NEW_", StringComparison.Ordinal) || name == "DAILYDIGEST_NEW_IDENTITY_KEY");

        Assert.NotEmpty(values);
        Assert.All(values, name => Assert.Contains(name, page, StringComparison.Ordinal));
    }

    public void Dispose() => hooks.Dispose();

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static SortedSet<string> Values(string path) => new(
        Value().Matches(File.ReadAllText(path)).Select(match => match.Value)
            .Concat(Short().Matches(File.ReadAllText(path)).Select(match => "DAILYDIGEST_" + match.Groups[1].Value))
            .Where(name => name.Length > "DAILYDIGEST_".Length), StringComparer.Ordinal);

    [GeneratedRegex("run: infra/hooks/([a-z]+).sh")]
    private static partial Regex Hook();

    [GeneratedRegex("DAILYDIGEST_[A-Z_]+")]
    private static partial Regex Value();

    // The PowerShell hook clears values by the rest of their names.
    [GeneratedRegex("'((?:NEW|MAIL|MAILBOX|DKIM)_[A-Z_]+)'")]
    private static partial Regex Short();
}
