using System.Security.Cryptography;
using System.Text;
using DailyDigest.Settings;
using Microsoft.Extensions.Configuration;

namespace DailyDigest.Web;

/// <summary>The keys for /api, /desk and /signup.json. Section <c>Api</c>.</summary>
public sealed class ApiOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Api";

    /// <summary>The name in the log of a key that has none.</summary>
    private const string Unnamed = "unnamed";

    /// <summary>
    /// The keys, each with its name and scope. The setting may also be one text, comma-separated: keys without a name, which may do
    /// everything that scopes below a role may do. Without any key /api and /desk refuse every request.
    /// </summary>
    public IReadOnlyList<ApiKey> Keys { get; set; } = [];

    /// <summary>The setting as one text.</summary>
    internal string OneText { get; set; } = "";

    /// <summary>One line per fault, each naming its setting.</summary>
    /// <param name="development">True in Development, where keys may be missing.</param>
    public IEnumerable<string> Validate(bool development)
    {
        if ((Keys.Count == 0 && Split(OneText).Length == 0 && !development) || Split(OneText).Any(ApiKey.IsShort))
        {
            yield return "Api__Keys: give each key a name and a scope (Api__Keys__0__Name, __Key, __Scope), or set comma-separated keys of "
                + "at least 24 characters each (openssl rand -base64 32), without names or roles.";
        }

        foreach (var fault in Keys.SelectMany((key, number) => key.Validate(number, development)))
        {
            yield return fault;
        }

        if (Keys.GroupBy(key => key.Name, StringComparer.OrdinalIgnoreCase).Any(same => same.Key.Length > 0 && same.Count() > 1))
        {
            yield return "Api__Keys: two keys have the same name.";
        }
    }

    /// <summary>
    /// The name and scopes of the key; null if it is none of ours. Takes the same time for every text, so that timing reveals nothing.
    /// </summary>
    internal (string Name, ApiScopes Scopes)? Find(string text)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        (string, ApiScopes)? found = null;
        foreach (var (name, key, scopes) in All())
        {
            if (CryptographicOperations.FixedTimeEquals(hash, SHA256.HashData(Encoding.UTF8.GetBytes(key))))
            {
                found = (name, scopes);
            }
        }

        return found;
    }

    /// <summary>The keys in the configuration, each with the name of its setting.</summary>
    internal static IEnumerable<Secret> Secrets(IConfiguration configuration)
    {
        var keys = configuration.GetSection($"{Section}:{nameof(Keys)}");
        return [
            .. Secret.Each("Api__Keys", keys.Value),
            .. keys.GetChildren().SelectMany(one => Secret.Each($"Api__Keys__{one.Key}__Key", one[nameof(ApiKey.Key)])),
        ];
    }

    private IEnumerable<(string Name, string Key, ApiScopes Scopes)> All() =>
    [
        .. Keys.Where(key => key.Key.Length > 0).Select(key => (key.Name, key.Key.Trim(), key.Scopes())),
        .. Split(OneText).Select(key => (Unnamed, key, ApiScopes.Unnamed)),
    ];

    private static string[] Split(string keys) => keys.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
