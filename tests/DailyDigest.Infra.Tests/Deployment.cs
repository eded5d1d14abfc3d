using System.Collections.Concurrent;
using System.Text.Json;

namespace DailyDigest.Infra.Tests;

/// <summary>
/// The resources that a deployment would create, as Bicep predicts them from infra/main.bicepparam and an azd environment. A value that
/// only Azure knows, such as the id of an identity, is an expression in brackets.
/// </summary>
internal sealed class Deployment
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<Deployment>>> Predicted = new();

    private readonly List<JsonElement> resources;

    private Deployment(JsonElement snapshot)
    {
        resources = [.. snapshot.GetProperty("predictedResources").EnumerateArray()];
        Outputs = snapshot.GetProperty("outputs");
    }

    /// <summary>The outputs, which azd writes to its environment.</summary>
    public JsonElement Outputs { get; }

    /// <summary>Every resource as text.</summary>
    public string Text => string.Join('\n', resources);

    /// <summary>The values of a first deployment that has only what it needs.</summary>
    public static Dictionary<string, string> Smallest => new()
    {
        ["AZURE_ENV_NAME"] = "daily",
        ["AZURE_LOCATION"] = "westeurope",
        ["DAILYDIGEST_NAME"] = "The Daily Example",
        ["DAILYDIGEST_TIME_ZONE"] = "Europe/Paris",
        ["DAILYDIGEST_POSTAL_ADDRESS"] = "1 Example Street, 12345 Example",
        ["DAILYDIGEST_MAIL_FROM"] = "digest@example.com",
        ["DAILYDIGEST_MAIL_HOST"] = "smtp.example.com",
    };

    /// <summary>Predicts a deployment with every option. Tests share it, because each prediction takes seconds.</summary>
    public static Task<Deployment> PredictFullAsync() => PredictAsync(
        ("DAILYDIGEST_MAIL_USER", "digest@example.com"), ("DAILYDIGEST_MAILBOX_HOST", "imap.example.com"),
        ("DAILYDIGEST_MAILBOX_USER", "bounces@example.com"), ("DAILYDIGEST_DKIM_SELECTOR", "s1"),
        ("DAILYDIGEST_DOMAIN", "digest.example.com"),
        ("DAILYDIGEST_STORAGE_SKU", "Standard_GZRS"), ("DAILYDIGEST_PRIVATE_NETWORK", "true"),
        ("DAILYDIGEST_INSTANCE_MEMORY_MB", "4096"), ("DAILYDIGEST_MAX_INSTANCES", "7"),
        ("DAILYDIGEST_ALWAYS_READY_HTTP", "1"), ("DAILYDIGEST_ALWAYS_READY_DELIVER", "2"),
        ("DAILYDIGEST_ALERT_EMAIL", "operator@example.com"),
        ("DAILYDIGEST_ACTION_GROUP_ID", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/actionGroups/mine"),
        ("DAILYDIGEST_EMAIL_SERVICE", "true"), ("DAILYDIGEST_EMAIL_DOMAIN", "example.com"), ("DAILYDIGEST_EMAIL_DOMAIN_VERIFIED", "true"),
        ("DAILYDIGEST_EMAIL_APPLICATION_ID", "11111111-1111-1111-1111-111111111111"),
        ("DAILYDIGEST_EMAIL_PRINCIPAL_ID", "22222222-2222-2222-2222-222222222222"), ("DAILYDIGEST_EMAIL_EVENTS", "true"));

    /// <summary>Predicts a deployment with these values besides <see cref="Smallest"/>. The same values are predicted once.</summary>
    public static Task<Deployment> PredictAsync(params (string Name, string Value)[] values)
    {
        var environment = Smallest;
        foreach (var (name, value) in values)
        {
            environment[name] = value;
        }

        var key = JsonSerializer.Serialize(environment.OrderBy(one => one.Key, StringComparer.Ordinal));
        return Predicted.GetOrAdd(key, _ => new(() => RunAsync(environment))).Value;
    }

    /// <summary>All resources of a type.</summary>
    public IReadOnlyList<JsonElement> All(string type) =>
        [.. resources.Where(one => one.GetProperty("type").GetString() == type)];

    /// <summary>The resource of a type; the one whose name has this last segment, if there are more.</summary>
    public JsonElement One(string type, string? name = null) =>
        Assert.Single(All(type), one => name is null || one.GetProperty("name").GetString()!.Split('/')[^1] == name);

    /// <summary>The app settings.</summary>
    public IReadOnlyDictionary<string, string> Settings => One("Microsoft.Web/sites/config").GetProperty("properties").EnumerateObject()
        .ToDictionary(one => one.Name, one => one.Value.GetString()!);

    /// <summary>The GUIDs of the roles that a resource gives to someone; the name of a role assignment begins with the resource.</summary>
    public IReadOnlyList<string> Roles(string type, string principal) =>
        [.. All("Microsoft.Authorization/roleAssignments")
            .Where(one => one.GetProperty("id").GetString()!.Contains($"/providers/{type}/", StringComparison.Ordinal)
                && one.GetProperty("properties").GetProperty("principalId").GetString()!.Contains(principal, StringComparison.Ordinal))
            .Select(one => one.GetProperty("properties").GetProperty("roleDefinitionId").GetString()!.Split('/')[^1])];

    private static async Task<Deployment> RunAsync(Dictionary<string, string> environment)
    {
        var folder = BicepTool.Copy();
        try
        {
            var (exitCode, _, error) = await BicepTool.RunAsync(folder.FullName, environment,
                "snapshot", "main.bicepparam", "--mode", "overwrite", "--location", environment["AZURE_LOCATION"],
                "--subscription-id", "00000000-0000-0000-0000-000000000001", "--tenant-id", "00000000-0000-0000-0000-000000000002");
            Assert.True(exitCode == 0 && error.Trim() == "", error);
            var text = await File.ReadAllTextAsync(Path.Combine(folder.FullName, "main.snapshot.json"));
            return new Deployment(JsonDocument.Parse(text).RootElement);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
