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
