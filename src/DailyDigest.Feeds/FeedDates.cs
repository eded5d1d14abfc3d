using System.Text.Json;
using System.Xml.Linq;
using DailyDigest.Calendar;
using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>
/// Reads the dates of one feed. Its language and its other dates decide between the meanings of a zone such as IST, and of 03/04/2026.
/// </summary>
internal sealed class FeedDates
{
    // Enough to learn the habits of a feed.
    private const int MaxLearned = 200;

    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "pubDate", "date", "published", "updated", "modified", "issued", "created", "lastBuildDate", "date_published", "date_modified",
    };

    private readonly WrittenContext context;
    private int readable;
    private int unreadable;

    private FeedDates(IEnumerable<string?> texts, string? language, DateTimeOffset now) =>
        context = WrittenDates.Learn(texts.Take(MaxLearned), language, now);

    /// <summary>True if dates were written, and none could be read.</summary>
    public bool NoneIsReadable => unreadable > 0 && readable == 0;

    /// <summary>The dates of an XML feed.</summary>
    public static FeedDates Of(XElement root, DateTimeOffset now) => new(
        root.Descendants().Where(element => Names.Contains(element.Name.LocalName) && !element.HasElements)
            .Select(element => element.Value),
        root.Language() ?? LanguageTag.FirstReadable(
            root.Descendants().Where(element => element.Name.LocalName == "language").Take(MaxLearned).Select(element => element.Value)),
        now);

    /// <summary>The dates of a JSON feed.</summary>
    public static FeedDates Of(JsonElement root, DateTimeOffset now) => new(
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("items", out var items) && items.ValueKind == JsonValueKind.Array
            ? items.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object).SelectMany(item => item.EnumerateObject())
                .Where(property => Names.Contains(property.Name)).Select(property => Text(property.Value))
            : [],
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("language", out var language) ? Text(language) : null,
        now);

    /// <summary>The instant in UTC; null if it cannot be read for certain. A date without a zone is UTC.</summary>
    public DateTimeOffset? Read(string? text)
    {
        var instant = WrittenDates.Read(text, context);
        if (instant is not null)
        {
            readable++;
        }
        else if (!string.IsNullOrWhiteSpace(text))
        {
            unreadable++;
        }

        return instant;
    }

    /// <summary>The date of a member of a JSON object: a text, or Unix time as a number.</summary>
    public DateTimeOffset? Read(JsonElement owner, string name) => owner.TryGetProperty(name, out var value) ? Read(Text(value)) : null;

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            };
        }
        catch (InvalidOperationException)
        {
            return null; // an escaped half of a surrogate pair
        }
    }
}
