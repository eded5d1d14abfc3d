using System.Text.Json;

namespace DailyDigest.Infra.Tests;

/// <summary>Keys and passwords are in the vault, and only there. A key is written once: Identity__Key is for ever.</summary>
public sealed class KeyTests
{
    private static readonly (string Setting, string Secret)[] References =
        [("Links__Keys", "links-keys"), ("Identity__Key", "identity-key"), ("Api__Keys__0__Key", "api-key")];

    [Fact]
    public async Task The_vault_has_roles_soft_delete_and_purge_protection()
    {
        var deployment = await Deployment.PredictAsync();
        var vault = deployment.One("Microsoft.KeyVault/vaults").GetProperty("properties");

        Assert.All(["enableRbacAuthorization", "enableSoftDelete", "enablePurgeProtection"],
            name => Assert.True(vault.GetProperty(name).GetBoolean()));
        Assert.Equal("default", vault.GetProperty("createMode").GetString());
        Assert.Equal(["4633458b-17de-408a-b874-0445c86b69e6"], deployment.Roles("Microsoft.KeyVault/vaults", "outputs.principalId"));
        Assert.Equal(["b86a8fe4-44ce-4948-aee5-eccb2c155cd7"], deployment.Roles("Microsoft.KeyVault/vaults", "deployer()"));
    }

    [Fact]
    public async Task A_deleted_vault_can_be_recovered_with_its_keys() =>
        Assert.Equal("recover", (await Deployment.PredictAsync(
                ("DAILYDIGEST_RECOVER_VAULT", "true"), ("DAILYDIGEST_AVAILABILITY_TESTS", "false")))
            .One("Microsoft.KeyVault/vaults").GetProperty("properties").GetProperty("createMode").GetString());

    [Fact]
    public async Task Settings_name_the_secrets_of_the_vault_and_contain_none()
    {
        var deployment = await Deployment.PredictFullAsync();
        var vault = deployment.One("Microsoft.KeyVault/vaults").GetProperty("name").GetString();
        var settings = deployment.Settings;

        (string, string)[] others =
        [
            ("Mail__Password", "mail-secret"), ("Mailbox__Password", "mailbox-secret"),
            ("Dkim__PrivateKey", "dkim-private-key"), ("Returns__Hooks__AzureSecret", "hook-secret"),
        ];
        Assert.All([.. References, .. others], one =>
            Assert.Equal($"@Microsoft.KeyVault(VaultName={vault};SecretName={one.Item2})", settings[one.Item1]));
        Assert.Equal(7, settings.Values.Count(value => value.StartsWith("@Microsoft.KeyVault(", StringComparison.Ordinal)));
        var identity = deployment.One("Microsoft.Web/sites").GetProperty("properties").GetProperty("keyVaultReferenceIdentity");
        Assert.Contains("outputs.id", identity.GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_login_and_a_selector_nothing_refers_to_their_secrets()
    {
        var settings = (await Deployment.PredictAsync()).Settings;

        Assert.All(
            [
                "Mail__User", "Mail__Password", "Mailbox__Host", "Mailbox__Password", "Dkim__Selector", "Dkim__PrivateKey",
                "Returns__Hooks__AzureSecret",
            ],
            name => Assert.DoesNotContain(name, settings.Keys));
    }

    [Fact]
    public async Task An_oauth_client_takes_the_place_of_the_password()
    {
        var settings = (await Deployment.PredictAsync(
            ("DAILYDIGEST_MAIL_USER", "user"), ("DAILYDIGEST_MAIL_OAUTH_SCOPE", "scope"), ("DAILYDIGEST_MAIL_OAUTH_CLIENT_ID", "client"),
            ("DAILYDIGEST_MAIL_OAUTH_TOKEN_URL", "https://login.example.com/token"))).Settings;

        Assert.EndsWith("SecretName=mail-secret)", settings["Mail__OAuth__ClientSecret"], StringComparison.Ordinal);
        Assert.Equal("https://login.example.com/token", settings["Mail__OAuth__TokenUrl"]);
        Assert.DoesNotContain("Mail__Password", settings.Keys);
        Assert.DoesNotContain("Mail__OAuth__ManagedIdentity", settings.Keys);
    }

    [Fact]
    public async Task An_oauth_scope_without_a_client_is_for_the_apps_identity()
    {
        var settings = (await Deployment.PredictAsync(
            ("DAILYDIGEST_MAIL_USER", "user"), ("DAILYDIGEST_MAIL_OAUTH_SCOPE", "scope"))).Settings;

        Assert.Equal("true", settings["Mail__OAuth__ManagedIdentity"]);
        Assert.All(["Mail__Password", "Mail__OAuth__ClientSecret", "Mail__OAuth__ClientId"],
            name => Assert.DoesNotContain(name, settings.Keys));
    }

    /// <summary>
    /// The three keys, and the secret of Event Grid's URL, are written only if the hook made them and the vault has none. A password is
    /// replaced.
    /// </summary>
    [Fact]
    public async Task A_key_that_exists_is_never_written_again()
    {
        var (_, output, error) = await BicepTool.RunAsync(
            BicepTool.Infra, new Dictionary<string, string>(), "build", "modules/vault.bicep", "--stdout");
        Assert.Equal("", error.Trim());
        var secrets = JsonDocument.Parse(output).RootElement.GetProperty("resources").EnumerateObject()
            .Where(one => one.Value.GetProperty("type").GetString() == "Microsoft.KeyVault/vaults/secrets")
            .ToDictionary(one => one.Value.GetProperty("name").GetString()!.Split('\'')[^2], one => one.Value);

        Assert.Equal(
            ["api-key", "dkim-private-key", "hook-secret", "identity-key", "links-keys", "mail-secret", "mailbox-secret"],
            secrets.Keys.Order());
        Assert.All(secrets.Values, one =>
            Assert.StartsWith("[not(empty(parameters(", one.GetProperty("condition").GetString()!, StringComparison.Ordinal));
        Assert.All(secrets, one => Assert.Equal(
            one.Key == "hook-secret" || References.Any(reference => reference.Secret == one.Key),
            one.Value.TryGetProperty("@options", out var options) && options.TryGetProperty("onlyIfNotExists", out _)));
    }

    /// <summary>Values of secure parameters stay out of the deployment's history.</summary>
    [Fact]
    public async Task Every_secret_is_a_secure_parameter_and_no_output()
    {
        const string Value = "a-value-that-must-not-be-seen";
        var deployment = await Deployment.PredictAsync(
            ("DAILYDIGEST_NEW_LINKS_KEY", Value), ("DAILYDIGEST_NEW_IDENTITY_KEY", Value), ("DAILYDIGEST_NEW_API_KEY", Value),
            ("DAILYDIGEST_NEW_HOOK_SECRET", Value), ("DAILYDIGEST_MAIL_SECRET", Value), ("DAILYDIGEST_MAILBOX_SECRET", Value),
            ("DAILYDIGEST_DKIM_PRIVATE_KEY", Value));

        Assert.DoesNotContain(Value, deployment.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Value, deployment.Outputs.ToString(), StringComparison.Ordinal);
    }
}
