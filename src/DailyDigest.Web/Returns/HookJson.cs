using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace DailyDigest.Web;

/// <summary>
/// Reads hostile JSON of a provider. A value that is missing, of another kind or too long is null: it costs itself, not its event.
/// </summary>
internal static class HookJson
{
    /// <summary>Maximum length of a text, unless the caller sets another. A longer one is null.</summary>
    public const int MaxText = 2_000;

    /// <summary>Maximum number of events of a batch; further ones are not read. A real event has more than a hundred bytes.</summary>
    public const int MaxEvents = 10_000;

    // Without a limit, one event that is nested deep would cost the whole batch. A document takes time quadratic in its depth to read; this
    // reader does not.
    private static readonly JsonReaderOptions AnyDepth = new() { MaxDepth = ProviderHooks.MaxBytes };

    /// <summary>
    /// The bytes of each event of an array, or of an object that stands alone. Null if the body is neither, or is not JSON.
    /// </summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>>? Batch(ReadOnlyMemory<byte> body)
    {
        var events = new List<ReadOnlyMemory<byte>>();
        try
        {
            var reader = new Utf8JsonReader(body.Span, AnyDepth);
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                return [body];
            }

            if (reader.TokenType != JsonTokenType.StartArray)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (events.Count < MaxEvents)
                {
                    events.Add(body[start..(int)reader.BytesConsumed]);
                }
            }

            // Fails if something follows.
            reader.Read();
            return events;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The document; null if it is not JSON, or nested more than 64 deep.</summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            // The exception's text may quote the body.
            return null;
        }
    }

    /// <summary>The property; undefined if there is none. The last one counts if it occurs twice.</summary>
    public static JsonElement At(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && TryGet(element, name, out var value) ? value : default;

    /// <summary>A text that is not empty; null for everything else.</summary>
    public static string? Text(this JsonElement element, string name, int maxLength = MaxText) =>
        element.At(name).AsText(maxLength);

    /// <summary>A text, or a number as it is written; null for everything else.</summary>
    public static string? Id(this JsonElement element, string name) =>
        element.At(name) is { ValueKind: JsonValueKind.Number } number && JsonMarshal.GetRawUtf8Value(number).Length <= 40
            ? number.GetRawText() : element.Text(name, 400);

    /// <summary>The first characters of a text; null for everything else.</summary>
    public static string? Beginning(this JsonElement element, string name, int length) =>
        element.Text(name, int.MaxValue) is { } text ? text.Length > length ? text[..length] : text : null;

    /// <summary>A text that is not empty; null for everything else.</summary>
    public static string? AsText(this JsonElement element, int maxLength = MaxText)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String && element.GetString() is { Length: > 0 } text && text.Length <= maxLength
                ? text : null;
        }
        catch (InvalidOperationException)
        {
            // No valid UTF-8, or half of a surrogate pair.
            return null;
        }
    }

    /// <summary>The items of an array; none for everything else.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];

    /// <summary>An ISO 8601 instant; null for everything else.</summary>
    public static DateTimeOffset? Instant(this JsonElement element, string name) =>
        element.Text(name, 40) is { } text && DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? instant.ToUniversalTime() : null;

    /// <summary>Seconds since 1970, as a number or as a text; null for everything else.</summary>
    public static DateTimeOffset? Unix(this JsonElement element, string name) =>
        element.Id(name) is { } text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            && seconds is >= 0 and < 32_503_680_000 ? DateTimeOffset.UnixEpoch.AddSeconds(seconds) : null;

    private static bool TryGet(JsonElement element, string name, out JsonElement value)
    {
        try
        {
            return element.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException)
        {
            // A property's name is no valid text.
            value = default;
            return false;
        }
    }
}
