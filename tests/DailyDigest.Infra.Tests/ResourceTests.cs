using System.Text.Json;

namespace DailyDigest.Infra.Tests;

/// <summary>The resources of a deployment: who reaches them, and what is switched off in them.</summary>
public sealed class ResourceTests
{
    private const string App = "outputs.principalId";
    private const string Deployer = "deployer()";
    private static readonly string[] StorageRoles =
        ["0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", "974c5e8b-45b9-4653-ba55-5f855dd0fb88", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"];

    [Fact]
    public async Task The_app_runs_as_one_user_assigned_identity()
    {
        var deployment = await Deployment.PredictAsync();

        deployment.One("Microsoft.ManagedIdentity/userAssignedIdentities");
        var app = deployment.One("Microsoft.Web/sites");
        Assert.Equal("UserAssigned", app.GetProperty("identity").GetProperty("type").GetString());
        Assert.Contains("AZURE_CLIENT_ID", deployment.Settings.Keys);
    }

    [Fact]
    public async Task There_is_one_storage_account_without_keys_and_without_public_blobs()
    {
        var account = (await Deployment.PredictAsync()).One("Microsoft.Storage/storageAccounts");
        var properties = account.GetProperty("properties");

        Assert.Equal("Standard_ZRS", account.GetProperty("sku").GetProperty("name").GetString());
        Assert.False(properties.GetProperty("allowSharedKeyAccess").GetBoolean());
        Assert.False(properties.GetProperty("allowBlobPublicAccess").GetBoolean());
        Assert.True(properties.GetProperty("supportsHttpsTrafficOnly").GetBoolean());
        Assert.Equal("TLS1_2", properties.GetProperty("minimumTlsVersion").GetString());
    }

    [Fact]
    public async Task The_redundancy_of_storage_can_be_chosen() =>
        Assert.Equal("Standard_GZRS", (await Deployment.PredictFullAsync())
            .One("Microsoft.Storage/storageAccounts").GetProperty("sku").GetProperty("name").GetString());

    [Fact]
    public async Task The_app_and_the_deployer_have_the_three_roles_for_storage()
    {
        var deployment = await Deployment.PredictAsync();

        Assert.Equal(StorageRoles, deployment.Roles("Microsoft.Storage/storageAccounts", App).Order(StringComparer.Ordinal));
        Assert.Equal(StorageRoles, deployment.Roles("Microsoft.Storage/storageAccounts", Deployer).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_packages_are_in_a_private_container_reached_by_the_identity()
    {
        var deployment = await Deployment.PredictAsync();
        var container = deployment.One("Microsoft.Storage/storageAccounts/blobServices/containers");
        var storage = AppConfig(deployment).GetProperty("deployment").GetProperty("storage");

        Assert.Equal("None", container.GetProperty("properties").GetProperty("publicAccess").GetString());
        Assert.Equal("blobContainer", storage.GetProperty("type").GetString());
        Assert.Equal("UserAssignedIdentity", storage.GetProperty("authentication").GetProperty("type").GetString());
    }

    [Fact]
    public async Task The_app_is_dotnet_isolated_on_flex_consumption()
    {
        var deployment = await Deployment.PredictAsync();
        var runtime = AppConfig(deployment).GetProperty("runtime");

        Assert.Equal("FC1", deployment.One("Microsoft.Web/serverfarms").GetProperty("sku").GetProperty("name").GetString());
        Assert.Equal("dotnet-isolated", runtime.GetProperty("name").GetString());
        Assert.Equal("10.0", runtime.GetProperty("version").GetString());
    }

    [Fact]
    public async Task Memory_instances_and_always_ready_instances_are_parameters()
    {
        var scale = AppConfig(await Deployment.PredictFullAsync()).GetProperty("scaleAndConcurrency");

        Assert.Equal(4096, scale.GetProperty("instanceMemoryMB").GetInt32());
        Assert.Equal(7, scale.GetProperty("maximumInstanceCount").GetInt32());
        Assert.Equal(
            [("http", 1), ("function:Deliver", 2)],
            scale.GetProperty("alwaysReady").EnumerateArray()
                .Select(one => (one.GetProperty("name").GetString(), one.GetProperty("instanceCount").GetInt32())));
        Assert.Equal(0, AppConfig(await Deployment.PredictAsync()).GetProperty("scaleAndConcurrency").GetProperty("alwaysReady")
            .GetArrayLength());
    }

    [Fact]
    public async Task The_app_takes_https_only_and_no_passwords_for_deployment()
    {
        var deployment = await Deployment.PredictAsync();
        var properties = deployment.One("Microsoft.Web/sites").GetProperty("properties");
        var site = properties.GetProperty("siteConfig");

        Assert.True(properties.GetProperty("httpsOnly").GetBoolean());
        Assert.Equal("1.2", site.GetProperty("minTlsVersion").GetString());
        Assert.Equal("1.2", site.GetProperty("scmMinTlsVersion").GetString());
        Assert.Equal("Disabled", site.GetProperty("ftpsState").GetString());
        Assert.Equal("/healthz", site.GetProperty("healthCheckPath").GetString());
        Assert.All(["ftp", "scm"], name => Assert.False(
            deployment.One("Microsoft.Web/sites/basicPublishingCredentialsPolicies", name)
                .GetProperty("properties").GetProperty("allow").GetBoolean()));
    }

    [Fact]
    public async Task Telemetry_needs_an_identity_and_the_app_has_the_role()
    {
        var deployment = await Deployment.PredictAsync();
        var insights = deployment.One("Microsoft.Insights/components").GetProperty("properties");
        var workspace = deployment.One("Microsoft.OperationalInsights/workspaces").GetProperty("properties");

        Assert.True(insights.GetProperty("DisableLocalAuth").GetBoolean());
        Assert.Contains("Microsoft.OperationalInsights/workspaces/", insights.GetProperty("WorkspaceResourceId").GetString()!,
            StringComparison.Ordinal);
        Assert.True(workspace.GetProperty("features").GetProperty("disableLocalAuth").GetBoolean());
        Assert.Equal(["3913510d-42f4-4e42-8a64-420c390055eb"], deployment.Roles("Microsoft.Insights/components", App));
        Assert.StartsWith("[format('Authorization=AAD;ClientId=", deployment.Settings["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_resource_has_the_tag_of_its_environment()
    {
        var deployment = await Deployment.PredictFullAsync();

        Assert.Equal("functions", deployment.One("Microsoft.Web/sites").GetProperty("tags").GetProperty("azd-service-name").GetString());
        string[] types =
        [
            "Microsoft.Web/sites", "Microsoft.Web/serverfarms", "Microsoft.KeyVault/vaults", "Microsoft.Resources/resourceGroups",
            "Microsoft.Storage/storageAccounts", "Microsoft.Insights/components", "Microsoft.Insights/scheduledQueryRules",
            "Microsoft.Network/virtualNetworks", "Microsoft.Communication/emailServices", "Microsoft.Insights/workbooks",
        ];
        Assert.All(types, type => Assert.NotEmpty(deployment.All(type)));
        Assert.All(types.SelectMany(deployment.All), one =>
            Assert.Equal("daily", one.GetProperty("tags").GetProperty("azd-env-name").GetString()));
    }

    [Fact]
    public async Task Nothing_holds_a_connection_string_or_an_account_key()
    {
        var deployment = await Deployment.PredictAsync();

        Assert.DoesNotContain("AccountKey", deployment.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("listKeys", deployment.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("AzureWebJobsStorage", deployment.Settings.Keys);
        Assert.DoesNotContain("Storage__Azure__ConnectionString", deployment.Settings.Keys);
    }

    private static JsonElement AppConfig(Deployment deployment) =>
        deployment.One("Microsoft.Web/sites").GetProperty("properties").GetProperty("functionAppConfig");
}
