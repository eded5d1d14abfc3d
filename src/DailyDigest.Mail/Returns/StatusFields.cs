using System.Text.RegularExpressions;

namespace DailyDigest.Mail.Returns;

/// <summary>Groups of fields as reports have them (RFC 3464, RFC 5965), read with tolerance.</summary>
internal static partial class StatusFields
{
    private const int MaxGroups = 50;
    private const int MaxLines = 2_000;
    private const int MaxValue = 4_000;

    /// <summary>
    /// The groups, each by field name. A blank line ends a group; a second Final-Recipient begins one even without a blank line.
    /// </summary>
    public static List<Dictionary<string, string>> Read(string text)
    {
        var groups = new List<Dictionary<string, string>>();
        Dictionary<string, string>? group = null;
        string? last = null;
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n', MaxLines + 1).Take(MaxLines))
        {
            if (line.AsSpan().Trim().IsEmpty)
            {
                (group, last) = (null, null);
            }
            else if (line[0] is ' ' or '\t')
            {
                if (group is not null && last is not null && group[last].Length < MaxValue)
                {
                    group[last] += " " + line.Trim();
                }
            }
            else if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and < 60 and var colon)
            {
                last = line[..colon].Trim();
                if (group is null || (group.ContainsKey(last) && last.Equals("Final-Recipient", StringComparison.OrdinalIgnoreCase)))
                {
                    if (groups.Count == MaxGroups)
                    {
                        break;
                    }

                    group = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                    groups.Add(group);
                }

                var value = line[(colon + 1)..].Trim();
                group.TryAdd(last, value.Length > MaxValue ? value[..MaxValue] : value);
            }
        }

        return groups;
    }

    /// <summary>The value without its type, such as "rfc822;" or "smtp;"; null if it is missing or empty.</summary>
    public static string? Untyped(this Dictionary<string, string> group, string name)
    {
        if (!group.TryGetValue(name, out var value))
        {
            return null;
        }

        value = Type().Replace(value, "", 1).Trim();
        return value.Length > 0 ? value : null;
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z_\-]{0,18}[0-9]{0,4}[ \t]*;", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Type();
}
