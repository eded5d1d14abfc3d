using System.Text.Json;
using System.Text.RegularExpressions;

namespace DailyDigest.Infra.Tests;

/// <summary>The optional parts of a deployment: a host name, a private network, e-mail of Azure.</summary>
public sealed partial class OptionTests
{
    private const string Binding = "Microsoft.Web/sites/hostNameBindings";

    [Fact]
    public async Task Without_options_none_of_their_resources_exist()
    {
        var deployment = await Deployment.PredictAsync();

        Assert.All(
            [Binding, "Microsoft.Web/sites/certificates", "Microsoft.Network/virtualNetworks", "Microsoft.Communication/emailServices",
            "Microsoft.EventGrid/systemTopics"],
            type => Assert.Empty(deployment.All(type)));
        Assert.Matches("^https://digest-[a-z0-9]+\\.azurewebsites\\.net$", deployment.Settings["Publication__BaseUrl"]);
    }

    [Fact]
    public async Task A_host_name_is_bound_then_gets_a_certificate_then_tls()
    {
        var deployment = await Deployment.PredictFullAsync();
        var bindings = deployment.All(Binding);
        var certificate = deployment.One("Microsoft.Web/sites/certificates");

        Assert.Equal(["Disabled", "SniEnabled"],
            bindings.Select(one => one.GetProperty("properties").GetProperty("sslState").GetString()));
        Assert.All(bindings, one => Assert.EndsWith("/digest.example.com", one.GetProperty("name").GetString(), StringComparison.Ordinal));
        Assert.Equal("digest.example.com", certificate.GetProperty("properties").GetProperty("canonicalName").GetString());
        Assert.Contains("/certificates/", bindings[1].GetProperty("properties").GetProperty("thumbprint").GetString()!,
            StringComparison.Ordinal);
        Assert.True(deployment.One("Microsoft.Web/sites").GetProperty("properties")
            .GetProperty("siteScopedCertificatesEnabled").GetBoolean());
        Assert.Equal("https://digest.example.com", deployment.Settings["Publication__BaseUrl"]);
    }

    /// <summary>A second deployment would otherwise take TLS from the host name until its last step.</summary>
    [Fact]
    public async Task The_binding_without_tls_is_written_once_and_before_the_certificate()
    {
        var (_, output, _) = await BicepTool.RunAsync(
            BicepTool.Infra, new Dictionary<string, string>(), "build", "modules/domain.bicep", "--stdout");
        var resources = JsonDocument.Parse(output).RootElement.GetProperty("resources");

        Assert.True(resources.GetProperty("binding").GetProperty("@options").TryGetProperty("onlyIfNotExists", out _));
        Assert.Equal(["binding"], After(resources.GetProperty("certificate")));
        Assert.Equal(["certificate"], After(resources.GetProperty("tls")));
    }

    [Fact]
    public async Task A_private_network_closes_storage_and_vault_and_opens_an_endpoint_for_each()
    {
        var deployment = await Deployment.PredictFullAsync();

        Assert.All(["Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults"], type =>
        {
            var properties = deployment.One(type).GetProperty("properties");
            Assert.Equal("Disabled", properties.GetProperty("publicNetworkAccess").GetString());
            Assert.Equal("Deny", properties.GetProperty("networkAcls").GetProperty("defaultAction").GetString());
        });
        Assert.Equal(["blob", "queue", "table", "vault"], deployment.All("Microsoft.Network/privateEndpoints")
            .Select(one => one.GetProperty("properties").GetProperty("privateLinkServiceConnections")[0].GetProperty("properties")
                .GetProperty("groupIds")[0].GetString()));
        Assert.Equal(4, deployment.All("Microsoft.Network/privateDnsZones").Count);
        Assert.Equal(4, deployment.All("Microsoft.Network/privateDnsZones/virtualNetworkLinks").Count);
        Assert.Equal(4, deployment.All("Microsoft.Network/privateEndpoints/privateDnsZoneGroups").Count);
        Assert.Contains("appSubnetId", deployment.One("Microsoft.Web/sites").GetProperty("properties").GetProperty("virtualNetworkSubnetId")
            .GetString()!, StringComparison.Ordinal);
        Assert.Contains(
            "Microsoft.App/environments", deployment.One("Microsoft.Network/virtualNetworks").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Email_of_azure_has_a_domain_a_sender_an_smtp_user_and_its_role()
    {
        var deployment = await Deployment.PredictFullAsync();
        var smtp = deployment.One("Microsoft.Communication/communicationServices/smtpUsernames").GetProperty("properties");

        Assert.Equal("CustomerManaged", deployment.One("Microsoft.Communication/emailServices/domains").GetProperty("properties")
            .GetProperty("domainManagement").GetString());
        Assert.Equal("digest", deployment.One("Microsoft.Communication/emailServices/domains/senderUsernames").GetProperty("properties")
            .GetProperty("username").GetString());
        Assert.Equal(1, deployment.One("Microsoft.Communication/communicationServices").GetProperty("properties")
            .GetProperty("linkedDomains").GetArrayLength());
        Assert.Equal("digest@example.com", smtp.GetProperty("username").GetString());
        Assert.Equal("11111111-1111-1111-1111-111111111111", smtp.GetProperty("entraApplicationId").GetString());
        Assert.Equal(["09976791-48a7-449e-bb21-39d1a415f350"],
            deployment.Roles("Microsoft.Communication/communicationServices", "22222222-2222-2222-2222-222222222222"));
    }

    [Theory]
    [InlineData("example.com", "false", 0)]
    [InlineData("", "false", 1)]
    public async Task A_domain_is_linked_when_it_is_verified(string domain, string verified, int linked)
    {
        var deployment = await Deployment.PredictAsync(
            ("DAILYDIGEST_EMAIL_SERVICE", "true"), ("DAILYDIGEST_EMAIL_DOMAIN", domain), ("DAILYDIGEST_EMAIL_DOMAIN_VERIFIED", verified));

        Assert.Equal(linked, deployment.One("Microsoft.Communication/communicationServices").GetProperty("properties")
            .GetProperty("linkedDomains").GetArrayLength());
    }

    [Fact]
    public async Task Event_grid_reports_what_became_of_mails_to_the_hook_with_the_secret_of_the_vault()
    {
        var deployment = await Deployment.PredictFullAsync();
        var topic = deployment.One("Microsoft.EventGrid/systemTopics").GetProperty("properties");
        var reports = deployment.One("Microsoft.EventGrid/systemTopics/eventSubscriptions").GetProperty("properties");
        var destination = reports.GetProperty("destination");

        Assert.Equal("Microsoft.Communication.CommunicationServices", topic.GetProperty("topicType").GetString());
        Assert.EndsWith(
            "/" + deployment.One("Microsoft.Communication/communicationServices").GetProperty("name").GetString(),
            topic.GetProperty("source").GetString(), StringComparison.Ordinal);
        Assert.Equal("WebHook", destination.GetProperty("endpointType").GetString());
        Assert.Contains("/hooks/azure?secret=", destination.GetProperty("properties").GetProperty("endpointUrl").GetString()!,
            StringComparison.Ordinal);
        Assert.Equal(["Microsoft.Communication.EmailDeliveryReportReceived"],
            reports.GetProperty("filter").GetProperty("includedEventTypes").EnumerateArray().Select(one => one.GetString()));
        Assert.True(deployment.One("Microsoft.KeyVault/vaults").GetProperty("properties").GetProperty("enabledForTemplateDeployment")
            .GetBoolean());
    }

    [Fact]
    public async Task Without_email_of_azure_there_are_no_events_of_it()
    {
        var deployment = await Deployment.PredictAsync(("DAILYDIGEST_EMAIL_EVENTS", "true"));

        Assert.Empty(deployment.All("Microsoft.EventGrid/systemTopics"));
        Assert.DoesNotContain("Returns__Hooks__AzureSecret", deployment.Settings.Keys);
    }

    /// <summary>With these, `azd env refresh` restores the values on another machine and in CI, and nobody is asked again.</summary>
    [Fact]
    public async Task Every_value_that_is_no_secret_is_an_output_of_the_same_name()
    {
        string[] secret =
        [
            "_NEW_LINKS_KEY", "_NEW_IDENTITY_KEY", "_NEW_API_KEY", "_NEW_HOOK_SECRET", "_MAIL_SECRET", "_MAILBOX_SECRET",
            "_DKIM_PRIVATE_KEY", "_RECOVER_VAULT",
        ];
        var values = Value().Matches(await File.ReadAllTextAsync(
                Path.Combine(BicepTool.Infra, "main.bicepparam"), TestContext.Current.CancellationToken))
            .Select(match => match.Value).Where(name => !secret.Any(end => name == "DAILYDIGEST" + end)).Order().ToList();
        var outputs = (await Deployment.PredictFullAsync()).Outputs.EnumerateObject()
            .Where(one => one.Name.StartsWith("DAILYDIGEST_", StringComparison.Ordinal) && one.Name != "DAILYDIGEST_BASE_URL").ToList();

        Assert.Equal(values, outputs.Select(one => one.Name).Order());
        Assert.Equal("digest.example.com", Text(outputs, "DAILYDIGEST_DOMAIN"));
        Assert.Equal("true", Text(outputs, "DAILYDIGEST_PRIVATE_NETWORK"));
        Assert.Equal("7", Text(outputs, "DAILYDIGEST_MAX_INSTANCES"));
        Assert.Equal("The Daily Example", Text(outputs, "DAILYDIGEST_NAME"));
    }

    private static string? Text(IEnumerable<JsonProperty> outputs, string name) =>
        outputs.Single(one => one.Name == name).Value.GetString();

    private static IEnumerable<string?> After(JsonElement resource) =>
        resource.GetProperty("dependsOn").EnumerateArray().Select(one => one.GetString());

    [GeneratedRegex("DAILYDIGEST_[A-Z_]+")]
    private static partial Regex Value();
}
