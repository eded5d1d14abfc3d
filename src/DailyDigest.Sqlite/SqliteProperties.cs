using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DailyDigest.Storage;

namespace DailyDigest.Sqlite;

/// <summary>
/// Writes a row's properties as JSON that is readable in the sqlite3 shell. Integers have no point; real numbers always have a point or an
/// exponent. Types that JSON lacks are objects with one member: <c>{"$instant":"2026-01-02T03:04:05.0000000Z"}</c>,
/// <c>{"$bytes":"base64"}</c>.
/// </summary>
internal static class SqliteProperties
{
    private const string Instant = "$instant";
    private const string Bytes = "$bytes";
    private const string InstantFormat = "yyyy-MM-ddTHH:mm:ss.fffffffZ";

    private const int MaxKept = 64 * 1024;

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // A thread formats one row at a time.
    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json)? writer;

    /// <summary>The instant as text that sorts in order of time.</summary>
    public static string Format(DateTimeOffset instant) => instant.UtcDateTime.ToString(InstantFormat, CultureInfo.InvariantCulture);

    /// <summary>Reads what <see cref="Format(DateTimeOffset)"/> wrote.</summary>
    /// <exception cref="FormatException">The text has another format.</exception>
    public static DateTimeOffset ParseInstant(string text) => DateTimeOffset.ParseExact(
        text, InstantFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    /// <summary>Writes the properties. A lone surrogate becomes U+FFFD, as in Azure Storage.</summary>
    public static string Format(TableRow row)
    {
        var (buffer, json) = Take();
        json.WriteStartObject();
        foreach (var (name, value) in row.Properties)
        {
            json.WritePropertyName(name);
            switch (value)
            {
                case string text: json.WriteStringValue(text); break;
                case bool flag: json.WriteBooleanValue(flag); break;
                case long whole: json.WriteNumberValue(whole); break;
                case double real: WriteReal(json, real); break;
                case DateTimeOffset instant: WriteInstant(json, instant); break;
                case byte[] bytes: WriteObject(json, Bytes, Convert.ToBase64String(bytes)); break;
                default: throw new InvalidOperationException($"The property {name} has the type {value.GetType().Name}.");
            }
        }

        json.WriteEndObject();
        json.Flush();
        var written = Encoding.UTF8.GetString(buffer.WrittenSpan);
        writer = buffer.Capacity > MaxKept ? null : (buffer, json);
        return written;
    }

    /// <summary>Reads the properties into the row.</summary>
    /// <exception cref="FormatException">The text is not what <see cref="Format(TableRow)"/> writes.</exception>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static void Read(ReadOnlySpan<byte> text, TableRow row)
    {
        var json = new Utf8JsonReader(text);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            json.Read();
            row.Add(name, json.TokenType switch
            {
                JsonTokenType.String => json.GetString(),
                JsonTokenType.True => true,
                JsonTokenType.False => false,
                JsonTokenType.Number when json.ValueSpan.IndexOfAny(".eE"u8) < 0 => json.GetInt64(),
                JsonTokenType.Number => json.GetDouble(),
                JsonTokenType.StartObject => ReadObject(ref json),
                _ => throw new FormatException($"The property {name} is a {json.TokenType}."),
            });
        }
    }

    /// <summary>An empty writer; that of the last row, unless it failed.</summary>
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json) Take()
    {
        if (writer is not { } kept)
        {
            var buffer = new ArrayBufferWriter<byte>(512);
            return (buffer, new Utf8JsonWriter(buffer, Readable));
        }

        writer = null;
        kept.Buffer.ResetWrittenCount();
        kept.Json.Reset();
        return kept;
    }

    private static void WriteInstant(Utf8JsonWriter json, DateTimeOffset instant)
    {
        Span<char> text = stackalloc char[InstantFormat.Length];
        instant.UtcDateTime.TryFormat(text, out var length, InstantFormat, CultureInfo.InvariantCulture);
        json.WriteStartObject();
        json.WriteString(Instant, text[..length]);
        json.WriteEndObject();
    }

    private static void WriteReal(Utf8JsonWriter json, double real)
    {
        var text = real.ToString("R", CultureInfo.InvariantCulture);
        json.WriteRawValue(text.AsSpan().IndexOfAny(".eE") < 0 ? text + ".0" : text);
    }

    private static void WriteObject(Utf8JsonWriter json, string type, string value)
    {
        json.WriteStartObject();
        json.WriteString(type, value);
        json.WriteEndObject();
    }

    private static object ReadObject(ref Utf8JsonReader json)
    {
        json.Read();
        var type = json.TokenType == JsonTokenType.PropertyName ? json.GetString() : null;
        json.Read();
        object value = type switch
        {
            Instant => ParseInstant(json.GetString()!),
            Bytes => json.GetBytesFromBase64(),
            _ => throw new FormatException($"There is no type {type}."),
        };
        json.Read();
        return value;
    }
}
