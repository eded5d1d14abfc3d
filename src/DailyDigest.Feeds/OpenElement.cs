using System.Text;
using System.Xml.Linq;

namespace DailyDigest.Feeds;

/// <summary>An element whose end <see cref="TolerantXml"/> has not read yet.</summary>
internal sealed class OpenElement(XElement element, TagName name, Dictionary<string, string> spaces)
{
    public XElement Element => element;

    public TagName Name => name;

    public Dictionary<string, string> Spaces => spaces;

    public StringBuilder Text { get; } = new();

    public bool HasTitle { get; set; }

    /// <summary>The namespaces of prefixes inside an element with these attributes.</summary>
    public static Dictionary<string, string> Declared(Dictionary<string, string> spaces, List<(string Name, string Value)> attributes)
    {
        var declared = attributes.Where(one => one.Name == "xmlns" || one.Name.StartsWith("xmlns:", StringComparison.Ordinal));
        if (spaces.Count > FeedLimits.MaxAttributes || !declared.Any())
        {
            return spaces;
        }

        spaces = new(spaces, StringComparer.Ordinal);
        foreach (var (written, value) in declared)
        {
            spaces[written == "xmlns" ? "" : written[6..]] = value;
        }

        return spaces;
    }

    public void Flush()
    {
        if (Text.Length > 0)
        {
            Element.Add(new XText(Text.ToString()));
            Text.Clear();
        }
    }

    // The remains of a broken CDATA section or end tag are no text.
    public void Trim()
    {
        if (!(Name.IsTextLeaf || Name.IsMarkupLeaf) || Element.HasElements)
        {
            return;
        }

        var text = Text.ToString().Trim();
        foreach (var start in (ReadOnlySpan<string>)["![CDATA[", "[CDATA[", "]]>"])
        {
            text = text.StartsWith(start, StringComparison.Ordinal) ? text[start.Length..] : text;
        }

        foreach (var end in (ReadOnlySpan<string>)["]]>", $"/{Name.Written}>"])
        {
            text = text.EndsWith(end, StringComparison.Ordinal) ? text[..^end.Length] : text;
        }

        Text.Clear().Append(text);
    }
}
