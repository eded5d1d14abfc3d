using System.Xml.Linq;
using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>Reads the names of sections in categories of any format.</summary>
internal static class Sections
{
    /// <summary>
    /// The name: its label, its text or its term. Null for a category that says what kind of entry it is, or names a URL.
    /// </summary>
    public static string? Name(XElement category)
    {
        if (category.Attribute("scheme")?.Value.EndsWith("#kind", StringComparison.Ordinal) is true)
        {
            return null;
        }

        string?[] written =
            [category.Attribute("label")?.Value, category.Value, category.Attribute("term")?.Value, category.Attribute("text")?.Value];
        return written.Select(Name).FirstOrDefault(name => name is not null);
    }

    /// <summary>The name as plain text; null if there is none.</summary>
    public static string? Name(string? text)
    {
        var name = HtmlText.Short(text).Line(ContentText.MaxName);
        return name.Length == 0 || name.Contains("://", StringComparison.Ordinal) ? null : name;
    }
}
