using System.Security.Cryptography;
using System.Text.Json;
using DailyDigest.Testing.Services;

namespace DailyDigest.Functions.Tests;

/// <summary>The settings in local.settings.json.example.</summary>
internal static class ExampleSettings
{
    /// <summary>The folder with DailyDigest.sln.</summary>
    public static string Root { get; } = TestServices.Repository;

    /// <summary>The example's values, with the names of environment variables.</summary>
    public static Dictionary<string, string> All { get; } =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "local.settings.json.example"))).RootElement.GetProperty("Values")
            .EnumerateObject().ToDictionary(setting => setting.Name, setting => setting.Value.GetString()!);

    /// <summary>The address of a deployed app.</summary>
    public const string BaseUrl = "https://digest.example.com";

    /// <summary>The same with the values that a deployed app needs.</summary>
    public static Dictionary<string, string> Deployed() => new(All)
    {
        ["Publication__BaseUrl"] = BaseUrl,
        ["Links__Keys"] = NewKey(),
        ["Identity__Key"] = NewKey(),
        ["Api__Keys__0__Key"] = NewKey(),
    };

    /// <summary>A new random key, like the output of <c>openssl rand -base64 32</c>.</summary>
    public static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
