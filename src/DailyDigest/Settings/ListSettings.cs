using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace DailyDigest.Settings;

/// <summary>A section of the settings and the class that it is bound to.</summary>
/// <param name="Name">The section, such as <c>Publication</c> or <c>Mail:OAuth</c>.</param>
/// <param name="Type">The class.</param>
public sealed record KnownSection(string Name, Type Type);

/// <summary>The place where a setting was set.</summary>
public enum SettingOrigin
{
    /// <summary>Nowhere: the program's own value.</summary>
    Default,

    /// <summary>A variable of the environment.</summary>
    Environment,

    /// <summary>A file of settings.</summary>
    File,

    /// <summary>The command line.</summary>
    CommandLine,

    /// <summary>The program itself, such as the demonstration.</summary>
    Program,
}

/// <summary>A setting.</summary>
/// <param name="Section">Its section.</param>
/// <param name="Name">Its name with the section, as a variable of the environment has it: <c>Mail__Host</c>.</param>
/// <param name="Value">Its value; null for a secret, and for a default that is nothing.</param>
/// <param name="IsSecret">True if the value is hidden.</param>
/// <param name="Origin">The place where it was set.</param>
/// <param name="IsKnown">False if no part of the program reads it.</param>
public sealed record ListedSetting(string Section, string Name, string? Value, bool IsSecret, SettingOrigin Origin, bool IsKnown = true);

/// <summary>
/// Lists the settings of the program with the place where each was set. Secrets are hidden by the name of the setting; a value that holds a
/// login or a signature is hidden too.
/// </summary>
public sealed class ListSettings(IConfiguration configuration, IEnumerable<KnownSection> sections)
{
    private const int MaxValue = 300;

    private static readonly string[] SecretWords = ["key", "password", "secret", "token", "connectionstring", "credential"];
    private static readonly string[] SecretParts = ["accountkey=", "sharedaccess", "sig=", "password=", "-----begin"];

    // Parts of a list of keys that identify a key without being one, and names that only sound like a secret.
    private static readonly string[] OpenNames = ["Name", "Scope", "Selector", "TokenEndpoint", "TokenUrl"];

    /// <summary>All settings, by section and name: those that are set, and the defaults of the others.</summary>
    public IReadOnlyList<ListedSetting> Execute() =>
        [.. sections.DistinctBy(section => section.Name).SelectMany(Of).OrderBy(one => one.Section, StringComparer.Ordinal).ThenBy(
            one => one.Name, StringComparer.Ordinal)];

    private IEnumerable<ListedSetting> Of(KnownSection section)
    {
        var nested = sections.Select(other => other.Name).Where(
            name => name.StartsWith(section.Name + ":", StringComparison.OrdinalIgnoreCase)).ToList();
        var set = configuration.GetSection(section.Name).AsEnumerable()
            .Where(pair => pair.Value is not null && !nested.Any(
                name => pair.Key.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)))
            .ToDictionary(pair => pair.Key, pair => pair.Value!, StringComparer.OrdinalIgnoreCase);
        foreach (var (path, value) in set)
        {
            yield return Listed(section.Name, path, value, Origin(path), IsKnown(section, path));
        }

        var defaults = Activator.CreateInstance(section.Type);
        foreach (var property in Settable(section.Type).Where(property => IsScalar(property.PropertyType)))
        {
            var path = section.Name + ":" + property.Name;
            if (!set.ContainsKey(path))
            {
                yield return Listed(section.Name, path, Text(property.GetValue(defaults)), SettingOrigin.Default, true);
            }
        }
    }

    private static ListedSetting Listed(string section, string path, string? value, SettingOrigin origin, bool isKnown)
    {
        var isSecret = value is { Length: > 0 } && (IsSecret(path) || HoldsSecret(value));
        var shown = isSecret || value is { Length: 0 } ? null : value is { Length: > MaxValue } ? value[..MaxValue] + "…" : value;
        return new ListedSetting(section, path.Replace(":", "__", StringComparison.Ordinal), shown, isSecret, origin, isKnown);
    }

    /// <summary>True if the name says that the value is a secret.</summary>
    internal static bool IsSecret(string path)
    {
        var parts = path.Split(':');
        return !OpenNames.Contains(parts[^1], StringComparer.OrdinalIgnoreCase)
            && parts.Any(part => SecretWords.Any(word => part.Contains(word, StringComparison.OrdinalIgnoreCase)));
    }

    // A URL with a login, or a text of a cloud with a key.
    private static bool HoldsSecret(string value) =>
        (Uri.TryCreate(value, UriKind.Absolute, out var url) && url.UserInfo.Contains(':', StringComparison.Ordinal))
        || SecretParts.Any(part => value.Contains(part, StringComparison.OrdinalIgnoreCase));

    // The last provider that has the setting decides.
    private SettingOrigin Origin(string path)
    {
        var provider = (configuration as IConfigurationRoot)?.Providers.Reverse().FirstOrDefault(one => one.TryGet(path, out _));
        var name = provider?.GetType().Name ?? "";
        return name.StartsWith("Environment", StringComparison.Ordinal) ? SettingOrigin.Environment
            : name.StartsWith("CommandLine", StringComparison.Ordinal) ? SettingOrigin.CommandLine
            : name.StartsWith("Json", StringComparison.Ordinal) || name.StartsWith("KeyPerFile", StringComparison.Ordinal)
            ? SettingOrigin.File
            : SettingOrigin.Program;
    }

    private static bool IsKnown(KnownSection section, string path)
    {
        var type = section.Type;
        foreach (var part in path[(section.Name.Length + 1)..].Split(':'))
        {
            if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                // An item of a list, whose type is known already.
                continue;
            }

            if (Settable(type).FirstOrDefault(one => one.Name.Equals(part, StringComparison.OrdinalIgnoreCase)) is not { } property)
            {
                return false;
            }

            type = Item(property.PropertyType) ?? property.PropertyType;
        }

        return true;
    }

    private static Type? Item(Type type) =>
        type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type) ? type.GetGenericArguments()[0] : null;

    private static IEnumerable<PropertyInfo> Settable(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(
            property => property.GetIndexParameters().Length == 0
                && (property.SetMethod is { IsPublic: true } || Item(property.PropertyType) is not null));

    private static bool IsScalar(Type type) =>
        TypeDescriptor.GetConverter(Nullable.GetUnderlyingType(type) ?? type).CanConvertFrom(typeof(string));

    private static string? Text(object? value) => value switch
    {
        null => null,
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
