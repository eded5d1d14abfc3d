using System.Globalization;
using DailyDigest.Accounts;

namespace DailyDigest.Web;

/// <summary>The parts of the API that a key opens.</summary>
[Flags]
public enum ApiScopes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Push stories and signals: <c>/api/stories</c>.</summary>
    Stories = 1,

    /// <summary>Report what became of mails: <c>/api/outcomes</c>.</summary>
    Outcomes = 2,

    /// <summary>Sign readers up without a question: <c>/signup.json</c>.</summary>
    SignUp = 4,

    /// <summary>Open the desk, and read the texts of alerts: <c>/desk</c>, <c>/readyz</c>.</summary>
    Desk = 8,

    /// <summary>See through <c>/api/v1</c> what a viewer sees.</summary>
    Viewer = 16,

    /// <summary>Do through <c>/api/v1</c> what an editor may do.</summary>
    Editor = 32,

    /// <summary>Do through <c>/api/v1</c> what an operator may do.</summary>
    Operator = 64,

    /// <summary>Do through <c>/api/v1</c> what an owner may do.</summary>
    Owner = 128,

    /// <summary>Read the metrics of the Server: <c>/metrics</c>.</summary>
    Metrics = 256,

    /// <summary>Keys without a name: everything that keys could open before there were roles for them.</summary>
    Unnamed = Stories | Outcomes | SignUp | Desk,
}

/// <summary>A key with a name and with what it may do: <c>Api__Keys__0__Name</c>, <c>__Key</c>, <c>__Scope</c>.</summary>
public sealed class ApiKey
{
    private const int MinLength = 24;
    private const int MaxName = 40;

    private static readonly Dictionary<string, ApiScopes> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["stories"] = ApiScopes.Stories,
        ["outcomes"] = ApiScopes.Outcomes,
        ["sign-up"] = ApiScopes.SignUp,
        ["desk"] = ApiScopes.Desk,
        ["viewer"] = ApiScopes.Viewer,
        ["editor"] = ApiScopes.Editor,
        ["operator"] = ApiScopes.Operator,
        ["owner"] = ApiScopes.Owner,
        ["metrics"] = ApiScopes.Metrics,
    };

    private static readonly (ApiScopes Scope, IReadOnlyCollection<Permission> Permissions)[] Given =
    [
        (ApiScopes.Stories, [Permission.AnyKey, Permission.PushStories]),
        (ApiScopes.Outcomes, [Permission.AnyKey, Permission.ReportOutcomes]),
        (ApiScopes.SignUp, [Permission.AnyKey, Permission.SignUpReaders]),
        (ApiScopes.Desk, [Permission.AnyKey, .. Permissions.OfKey(Role.Viewer)]),
        (ApiScopes.Viewer, [Permission.AnyKey, .. Permissions.OfKey(Role.Viewer)]),
        (ApiScopes.Editor, [Permission.AnyKey, .. Permissions.OfKey(Role.Editor)]),
        (ApiScopes.Operator, [Permission.AnyKey, .. Permissions.OfKey(Role.Operator)]),
        (ApiScopes.Owner, [Permission.AnyKey, .. Permissions.OfKey(Role.Owner)]),
        (ApiScopes.Metrics, [Permission.AnyKey]),
    ];

    /// <summary>The words of <see cref="Scope"/>.</summary>
    internal static IEnumerable<string> Words => Known.Keys;

    /// <summary>The name of its holder in the log: at most 40 letters, digits, dots, hyphens and underscores.</summary>
    public string Name { get; set; } = "";

    /// <summary>The secret: at least 24 characters.</summary>
    public string Key { get; set; } = "";

    /// <summary>Comma-separated: stories, outcomes, sign-up, desk, viewer, editor, operator, owner, metrics.</summary>
    public string Scope { get; set; } = "";

    /// <summary>The parts that the key opens; <see cref="ApiScopes.None"/> if the text names something unknown.</summary>
    internal ApiScopes Scopes()
    {
        var scopes = ApiScopes.None;
        foreach (var word in Scope.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Known.TryGetValue(word, out var scope))
            {
                return ApiScopes.None;
            }

            scopes |= scope;
        }

        return scopes;
    }

    /// <summary>The permissions that scopes give. <see cref="ApiScopes.Desk"/> shows what a viewer sees.</summary>
    internal static IReadOnlySet<Permission> PermissionsOf(ApiScopes scopes)
    {
        var permissions = new HashSet<Permission>();
        foreach (var (scope, given) in Given)
        {
            if (scopes.HasFlag(scope))
            {
                permissions.UnionWith(given);
            }
        }

        return permissions;
    }

    /// <summary>The words that give a permission, the least first.</summary>
    internal static IEnumerable<string> WordsWith(Permission permission) =>
        Known.Where(word => PermissionsOf(word.Value).Contains(permission)).Select(word => word.Key);

    /// <summary>One line per fault.</summary>
    /// <param name="number">Its place in the list.</param>
    /// <param name="development">True: the key may be missing.</param>
    internal IEnumerable<string> Validate(int number, bool development)
    {
        var setting = string.Create(CultureInfo.InvariantCulture, $"Api__Keys__{number}");
        if (!IsName(Name))
        {
            yield return $"{setting}__Name: who uses the key, such as website; letters, digits, dots, hyphens and underscores.";
        }

        if (Key.Length == 0 ? !development : IsShort(Key))
        {
            yield return $"{setting}__Key: at least {MinLength} characters (openssl rand -base64 32).";
        }

        if (Scopes() == ApiScopes.None)
        {
            yield return $"{setting}__Scope: one or more of {string.Join(", ", Known.Keys)}, separated by commas.";
        }
    }

    /// <summary>True if it can be the name of a key.</summary>
    internal static bool IsName(string name) =>
        name.Length is > 0 and <= MaxName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    /// <summary>True if the key can be guessed because it is too short.</summary>
    internal static bool IsShort(string key) => key.Trim().Length < MinLength;
}
