using System.Reflection;
using DailyDigest.AzureStorage;
using DailyDigest.Mail;
using DailyDigest.Mail.Smtp;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Web;

namespace DailyDigest.Server.Commands;

/// <summary>Finds settings that nothing reads: misspelt ones are otherwise as good as not set, without a word. Names are told, never values.</summary>
internal static class UnknownSettings
{
    private static readonly Dictionary<string, (string Name, List<PropertyInfo> Properties)> Sections = ReadSections();

    /// <summary>A warning for each setting in our sections, or in one that is nearly called so, that no options class has.</summary>
    public static IReadOnlyList<Finding> Find(IConfiguration configuration)
    {
        var findings = new List<Finding>();
        foreach (var section in configuration.GetChildren())
        {
            if (Sections.TryGetValue(section.Key, out var known))
            {
                Examine(section, known.Name, known.Properties, findings);
            }
            else if (Nearest(section.Key, Sections.Keys.Where(name => !name.Contains(':', StringComparison.Ordinal)), most: 1) is { } meant)
            {
                // Other programs have sections, too: one of ours that is misspelt has a setting of ours in it.
                var names = Sections[meant].Properties.Select(property => property.Name).ToList();
                findings.AddRange(section.GetChildren().Where(child => names.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                    .Select(child => Warning(child.Path, $"there is no section {section.Key}; the nearest is {Name($"{meant}:{child.Key}")}")));
            }
        }

        return findings;
    }

    /// <summary>The name that is nearest to the text, if any is so near that it may be meant: letters left out, added, changed or swapped.</summary>
    internal static string? Nearest(string text, IEnumerable<string> names, int? most = null) => names
        .Select(name => (Name: name, Distance: Distance(text.ToUpperInvariant(), name.ToUpperInvariant())))
        .Where(one => one.Distance <= (most ?? Math.Max(2, Math.Max(text.Length, one.Name.Length) / 2)))
        .OrderBy(one => one.Distance).ThenBy(one => one.Name, StringComparer.Ordinal).Select(one => one.Name).FirstOrDefault();

    /// <param name="section">What is set.</param>
    /// <param name="path">Its path as we write it: settings are read in capitals as well.</param>
    /// <param name="properties">What is read of it.</param>
    /// <param name="findings">Receives what is not.</param>
    private static void Examine(IConfigurationSection section, string path, IReadOnlyList<PropertyInfo> properties, List<Finding> findings)
    {
        foreach (var child in section.GetChildren())
        {
            if (Sections.TryGetValue(child.Path, out var nested))
            {
                Examine(child, nested.Name, nested.Properties, findings);
            }
            else if (properties.FirstOrDefault(property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase)) is { } property)
            {
                Examine(child, $"{path}:{property.Name}", property.PropertyType, findings);
            }
            else
            {
                var nearest = Nearest(child.Key, properties.Select(one => one.Name));
                findings.Add(Warning($"{path}:{child.Key}", "there is no such setting" + (nearest is null ? "" : $"; the nearest is {Name($"{path}:{nearest}")}")));
            }
        }
    }

    private static void Examine(IConfigurationSection setting, string path, Type type, List<Finding> findings)
    {
        var item = type.IsGenericType && Nullable.GetUnderlyingType(type) is null ? type.GetGenericArguments()[0] : null;
        if (item is null)
        {
            findings.AddRange(setting.GetChildren().Select(child => Warning($"{path}:{child.Key}", $"it is not a list; the nearest is {Name(path)}")));
        }
        else if (setting.Value is { Length: > 0 })
        {
            findings.Add(Warning(path, $"it is a list, and is not read so; the nearest is {Name(path)}__0"));
        }
        else if (item != typeof(string))
        {
            foreach (var child in setting.GetChildren())
            {
                Examine(child, $"{path}:{child.Key}", Settable(item), findings);
            }
        }
    }

    private static Finding Warning(string path, string text) => new("settings", Name(path), CheckResult.Warning, text);

    private static string Name(string path) => path.Replace(":", "__", StringComparison.Ordinal);

    private static List<PropertyInfo> Settable(Type type) => [.. type.GetProperties().Where(property => property.SetMethod is { IsPublic: true })];

    /// <summary>Every options class names its section in a constant.</summary>
    private static Dictionary<string, (string Name, List<PropertyInfo> Properties)> ReadSections() =>
        new[] { typeof(Publication), typeof(MailOptions), typeof(WebOptions), typeof(SqliteOptions), typeof(AzureStorageOptions) }
            .SelectMany(type => type.Assembly.GetTypes())
            .Select(type => (Type: type, Section: type.GetField("Section", BindingFlags.Public | BindingFlags.Static)))
            .Where(one => one.Section is { IsLiteral: true } && one.Section.FieldType == typeof(string))
            .Select(one => (Name: (string)one.Section!.GetRawConstantValue()!, Properties: Settable(one.Type)))
            .ToDictionary(one => one.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Letters to leave out, add, change or swap with their neighbour to make one of the other.</summary>
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
