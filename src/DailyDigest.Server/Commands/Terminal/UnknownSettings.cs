using System.Reflection;
using DailyDigest.AzureStorage;
using DailyDigest.Mail;
using DailyDigest.Mail.Smtp;
using DailyDigest.Monitoring;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Web;

namespace DailyDigest.Server.Commands;

/// <summary>
/// Finds settings that nothing reads. A misspelt setting would otherwise have no effect and no message. Reports names, never values.
/// </summary>
internal static class UnknownSettings
{
    /// <summary>Lists that may also be set as one text.</summary>
    private static readonly string[] AlsoOneText = ["Api:Keys"];

    private static readonly Dictionary<string, (string Name, List<PropertyInfo> Properties)> Sections = ReadSections();

    /// <summary>A warning for each setting in our sections, or in a section with a similar name, that no options class has.</summary>
    public static IReadOnlyList<Finding> Find(IConfiguration configuration)
    {
        var findings = new List<Finding>();
        foreach (var section in configuration.GetChildren())
        {
            if (Sections.TryGetValue(section.Key, out var known))
            {
                Examine(section, known.Name, known.Properties, findings);
            }
            else if (Inner(section.Key) is { } name)
            {
                Examine(section, name, [], findings);
            }
            else if (Nearest(
                section.Key, Sections.Keys.Where(name => !name.Contains(':', StringComparison.Ordinal)), maxDistance: 1) is { } meant)
            {
                // Other programs have sections too. A misspelt section of ours contains a setting of ours.
                var names = Sections[meant].Properties.Select(property => property.Name).ToList();
                findings.AddRange(section.GetChildren().Where(child => names.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                    .Select(child =>
                        Warning(child.Path, $"there is no section {section.Key}; the nearest is {Name($"{meant}:{child.Key}")}")));
            }
        }

        return findings;
    }

    /// <summary>The name most similar to the text, if it is similar enough: letters missing, added, changed or swapped.</summary>
    internal static string? Nearest(string text, IEnumerable<string> names, int? maxDistance = null) => names
        .Select(name => (Name: name, Distance: Distance(text.ToUpperInvariant(), name.ToUpperInvariant())))
        .Where(one => one.Distance <= (maxDistance ?? Math.Max(2, Math.Max(text.Length, one.Name.Length) / 2)))
        .OrderBy(one => one.Distance).ThenBy(one => one.Name, StringComparer.Ordinal).Select(one => one.Name).FirstOrDefault();

    /// <param name="section">The configured section.</param>
    /// <param name="path">Its path in our spelling: names are not case-sensitive.</param>
    /// <param name="properties">The properties that are read.</param>
    /// <param name="findings">Receives a warning for each other setting.</param>
    private static void Examine(IConfigurationSection section, string path, IReadOnlyList<PropertyInfo> properties, List<Finding> findings)
    {
        foreach (var child in section.GetChildren())
        {
            if (Sections.TryGetValue(child.Path, out var nested))
            {
                Examine(child, nested.Name, nested.Properties, findings);
            }
            else if (properties.FirstOrDefault(
                property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase)) is { } property)
            {
                Examine(child, $"{path}:{property.Name}", property.PropertyType, findings);
            }
            else
            {
                var nearest = Nearest(child.Key, properties.Select(one => one.Name));
                findings.Add(
                    Warning($"{path}:{child.Key}", "there is no such setting"
                        + (nearest is null ? "" : $"; the nearest is {Name($"{path}:{nearest}")}")));
            }
        }
    }

    private static void Examine(IConfigurationSection setting, string path, Type type, List<Finding> findings)
    {
        var item = type.IsGenericType && Nullable.GetUnderlyingType(type) is null ? type.GetGenericArguments()[0] : null;
        if (item is null && type.Namespace!.StartsWith(nameof(DailyDigest), StringComparison.Ordinal) && type.IsClass)
        {
            Examine(setting, path, Settable(type), findings);
        }
        else if (item is null)
        {
            findings.AddRange(
                setting.GetChildren().Select(child => Warning($"{path}:{child.Key}", $"it is not a list; the nearest is {Name(path)}")));
        }
        else if (setting.Value is { Length: > 0 } && !AlsoOneText.Contains(path))
        {
            findings.Add(Warning(path, $"it is a list, and this form is not read; the nearest is {Name(path)}__0"));
        }
        else if (item != typeof(string))
        {
            foreach (var child in setting.GetChildren())
            {
                Examine(child, $"{path}:{child.Key}", Settable(item), findings);
            }
        }
    }

    // Some sections have no settings of their own: Returns has Returns:Hooks.
    private static string? Inner(string section) => Sections.Keys
        .Where(name => name.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase)).Select(name => name[..section.Length])
        .FirstOrDefault();

    private static Finding Warning(string path, string text) => new("settings", Name(path), CheckResult.Warning, text);

    private static string Name(string path) => path.Replace(":", "__", StringComparison.Ordinal);

    private static List<PropertyInfo> Settable(Type type) =>
        [.. type.GetProperties().Where(property => property.SetMethod is { IsPublic: true })];

    /// <summary>Every options class names its section in a constant.</summary>
    private static Dictionary<string, (string Name, List<PropertyInfo> Properties)> ReadSections() =>
        new[] { typeof(Publication), typeof(MailOptions), typeof(WebOptions), typeof(SqliteOptions), typeof(AzureStorageOptions),
            typeof(MetricsOptions), typeof(ServerOptions) }
            .SelectMany(type => type.Assembly.GetTypes())
            .Select(type => (Type: type, Section: type.GetField("Section", BindingFlags.Public | BindingFlags.Static)))
            .Where(one => one.Section is { IsLiteral: true } && one.Section.FieldType == typeof(string))
            .Select(one => (Name: (string)one.Section!.GetRawConstantValue()!, Properties: Settable(one.Type)))
            .ToDictionary(one => one.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The edit distance: letters to remove, add, change, or swap with their neighbour.</summary>
    private static int Distance(string one, string other)
    {
        var costs = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    costs[i, j] = i + j;
                    continue;
                }

                var same = one[i - 1] == other[j - 1] ? 0 : 1;
                costs[i, j] = Math.Min(Math.Min(costs[i - 1, j], costs[i, j - 1]) + 1, costs[i - 1, j - 1] + same);
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    costs[i, j] = Math.Min(costs[i, j], costs[i - 2, j - 2] + 1);
                }
            }
        }

        return costs[one.Length, other.Length];
    }
}
