using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DailyDigest.Feeds;

/// <summary>Reads JSON within the limits: strictly first, and a second time with repairs.</summary>
internal static class FeedJson
{
    private const int MaxDepth = 64;

    /// <summary>The root of the document.</summary>
    /// <exception cref="FeedFault">The document is invalid beyond repair, or has too many parts.</exception>
    public static JsonElement Read(string text, FeedNotes notes)
    {
        try
        {
            return Parse(text);
        }
        catch (JsonException fault)
        {
            try
            {
                return Parse(JsonRepair.Repair(text, notes));
            }
            catch (JsonException)
            {
                throw new FeedFault(string.Create(CultureInfo.InvariantCulture, $"bad JSON in line {fault.LineNumber + 1}"));
            }
        }
    }

    private static JsonElement Parse(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var tokens = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth, AllowTrailingCommas = true });
        for (var count = 0; tokens.Read();)
        {
            if (++count > FeedLimits.MaxNodes)
            {
                throw new FeedFault("more than 300,000 JSON tokens");
            }
        }

        return JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowTrailingCommas = true }).RootElement;
    }
}
