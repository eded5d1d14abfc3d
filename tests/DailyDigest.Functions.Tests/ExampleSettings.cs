using System.Security.Cryptography;
using System.Text.Json;

namespace DailyDigest.Functions.Tests;

/// <summary>The files at the top of the repository that the host reads.</summary>
internal static class ExampleSettings
{
    /// <summary>The folder with DailyDigest.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The values of local.settings.json.example, as the host would put them into the environment.</summary>
    public static Dictionary<string, string> All { get; } =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "local.settings.json.example"))).RootElement.GetProperty("Values")
            .EnumerateObject().ToDictionary(setting => setting.Name, setting => setting.Value.GetString()!);

    /// <summary>The same, with the keys of .NET configuration.</summary>
    public static Dictionary<string, string?> AsConfiguration() =>
        All.ToDictionary(setting => setting.Key.Replace("__", ":", StringComparison.Ordinal), setting => (string?)setting.Value);

    /// <summary>The same, completed as a deployed app needs it.</summary>
    public static Dictionary<string, string?> Deployed() => new(AsConfiguration())
    {
        ["Publication:BaseUrl"] = "https://digest.example.com",
        ["Links:Keys"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        ["Identity:Key"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        ["Api:Keys"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
    };

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "DailyDigest.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("These tests read the repository they were built in.");
    }
}
