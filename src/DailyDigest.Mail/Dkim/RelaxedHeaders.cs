using System.Text;

namespace DailyDigest.Mail.Dkim;

/// <summary>
/// A message's headers in relaxed form (RFC 6376 3.4.2): names in lower case, lines unfolded, every run of white space replaced by one
/// space.
/// </summary>
internal sealed class RelaxedHeaders
{
    private readonly List<(string Name, string Line)> lines = [];

    /// <summary>Reads the headers as they are sent, up to the empty line.</summary>
    public RelaxedHeaders(ReadOnlySpan<byte> raw)
    {
        // One character per byte: UTF-8 is hashed as the bytes that are sent.
        var text = Encoding.Latin1.GetString(raw);
        for (var start = 0; start < text.Length && text[start] is not '\r' and not '\n';)
        {
            var end = text.IndexOf('\n', start);
            while (end >= 0 && end + 1 < text.Length && text[end + 1] is ' ' or '\t')
            {
                end = text.IndexOf('\n', end + 1);
            }

            end = end < 0 ? text.Length : end + 1;
            var colon = text.IndexOf(':', start, end - start);
            if (colon > 0)
            {
                var name = text[start..colon].TrimEnd(' ', '\t').ToLowerInvariant();
                lines.Add((name, $"{name}:{Value(text.AsSpan(colon + 1, end - colon - 1))}"));
            }

            start = end;
        }
    }

    /// <summary>
    /// The lines with these names, in this order. The second use of a name means the header above the first one; a missing header gives
    /// no line.
    /// </summary>
    public IEnumerable<string> Of(IReadOnlyList<string> names)
    {
        var taken = new HashSet<int>();
        foreach (var name in names)
        {
            var at = lines.Count - 1;
            while (at >= 0 && (lines[at].Name != name || taken.Contains(at)))
            {
                at--;
            }

            if (at >= 0)
            {
                taken.Add(at);
                yield return lines[at].Line;
            }
        }
    }

    public bool Has(string name) => lines.Exists(line => line.Name == name);

    /// <summary>A header's value: unfolded, with white space collapsed, and none at its ends.</summary>
    public static string Value(ReadOnlySpan<char> value)
    {
        var output = new StringBuilder(value.Length);
        var space = false;
        foreach (var c in value)
        {
            if (c is '\r' or '\n')
            {
                continue;
            }

            if (c is ' ' or '\t')
            {
                space = true;
                continue;
            }

            if (space && output.Length > 0)
            {
                output.Append(' ');
            }

            space = false;
            output.Append(c);
        }

        return output.ToString();
    }
}
