using System.Text.RegularExpressions;
using System.Xml.Linq;
using DailyDigest.Content;
using static DailyDigest.Feeds.FeedXml;

namespace DailyDigest.Feeds;

/// <summary>Reads the names of authors. Feeds write names, mail addresses, and both in several ways; an address is never a name.</summary>
internal static partial class Bylines
{
    private const int MaxPeople = 5;

    /// <summary>Joins up to five names into one byline; null if there are none.</summary>
    public static string? Join(IEnumerable<string?> names)
    {
        var people = names.Select(Name).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).Take(MaxPeople).ToArray();
        return people.Length == 0 ? null : string.Join(", ", people);
    }

    /// <summary>The authors of an entry or a feed in elements of other namespaces: dc:creator, itunes:author, atom:author.</summary>
    public static IEnumerable<string?> Others(XElement scope) => scope.Elements(Dc + "creator").Concat(scope.Elements(Dc + "author"))
        .Select(author => author.Value)
        .Concat(scope.Elements(Atom + "author").Select(author => Person(author, Atom)))
        .Concat(scope.Elements(Itunes + "author").Select(author => author.Value));

    /// <summary>The name in a person construct; its text if it has no name.</summary>
    public static string? Person(XElement author, XNamespace own) =>
        author.Text(own + "name") ?? (author.HasElements ? null : author.Value);

    /// <summary>
    /// The name without mail addresses: "jane@example.com (Jane Doe)" and "Jane Doe &lt;jane@example.com&gt;" give Jane Doe. Null if there
    /// is none.
    /// </summary>
    public static string? Name(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var line = HtmlText.Short(text).Line(ContentText.MaxName);
        if (line.Contains('@'))
        {
            var inside = Parentheses().Match(line) is { Success: true } match ? match.Groups[1].Value : "";
            line = Parentheses().Replace(line, " ");
            line = Address().IsMatch(line) && !Address().IsMatch(inside) && inside.Trim().Length > 0 ? inside : line;
            line = Address().Replace(line, " ").Replace("mailto:", " ", StringComparison.OrdinalIgnoreCase);
        }

        return ContentText.LineOrNull(line.Trim(' ', '"', '\'', ',', ';', '<', '>', '(', ')', '-', ':'), ContentText.MaxName);
    }

    [GeneratedRegex(@"\(([^()]*)\)", RegexOptions.NonBacktracking)]
    private static partial Regex Parentheses();

    [GeneratedRegex(@"<?[^\s<>()@,;:]+@[^\s<>()@,;:]+>?", RegexOptions.NonBacktracking)]
    private static partial Regex Address();
}
