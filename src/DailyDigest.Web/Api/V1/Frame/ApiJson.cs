using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace DailyDigest.Web;

/// <summary>
/// The JSON of the API. Requests are strict: no unknown field, no field twice, no number as text, at most 16 levels. In an answer a field
/// without a value is left out.
/// </summary>
internal static class ApiJson
{
    /// <summary>For requests, answers and the document that describes them.</summary>
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Sets everything that the API needs.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.MaxDepth = 16;
        options.Encoder = JavaScriptEncoder.Create(UnicodeRanges.All);
        options.TypeInfoResolver ??= new DefaultJsonTypeInfoResolver();
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));
        return options;
    }

    /// <summary>Reads the body of a request. An empty one counts as <c>{}</c>.</summary>
    /// <exception cref="ApiFaultException">It cannot be read; the fault names each wrong field.</exception>
    public static object Read(ReadOnlyMemory<byte> bytes, Type type)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes.IsEmpty ? "{}"u8.ToArray() : bytes, Strict);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new ApiFaultException(ApiProblem.Unreadable.Because("The body must be a JSON object."));
            }

            var faults = Faults(json.RootElement, Options.GetTypeInfo(type)).ToList();
            return faults.Count > 0 ? throw new ApiFaultException(new ApiFault(ApiProblem.Invalid, null, faults))
                : json.RootElement.Deserialize(type, Options)!;
        }
        catch (JsonException)
        {
            // The exception's text may quote the body.
            throw new ApiFaultException(ApiProblem.Unreadable.Because("The body must be JSON: no field twice, at most 16 levels."));
        }
    }

    private static IEnumerable<string> Faults(JsonElement body, JsonTypeInfo type)
    {
        var known = type.Properties.ToDictionary(property => property.Name, StringComparer.Ordinal);
        foreach (var field in body.EnumerateObject())
        {
            if (!known.TryGetValue(field.Name, out var property))
            {
                yield return $"{Short(field.Name)}: there is no such field";
            }
            else if (!IsReadable(field.Value, property))
            {
                yield return $"{field.Name}: must be {Kind(property.PropertyType)}";
            }
        }

        foreach (var property in type.Properties.Where(one => one.IsRequired && !body.TryGetProperty(one.Name, out _)))
        {
            yield return $"{property.Name}: is missing";
        }
    }

    private static bool IsReadable(JsonElement value, JsonPropertyInfo property)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return property.IsSetNullable;
        }

        try
        {
            value.Deserialize(property.PropertyType, Options);
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is no valid UTF-16, such as a lone surrogate.
            return false;
        }
    }

    private static string Kind(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) ? "a text"
            : type == typeof(bool) ? "true or false"
            : type == typeof(int) || type == typeof(long) ? "a whole number"
            : type == typeof(double) ? "a number"
            : type == typeof(DateOnly) ? "a date (yyyy-MM-dd)"
            : type == typeof(DateTimeOffset) ? "an instant (ISO 8601)"
            : type.IsEnum ? "one of " + string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.KebabCaseLower.ConvertName))
            : type.IsAssignableTo(typeof(System.Collections.IEnumerable)) ? "a list"
            : "an object of the documented shape";
    }

    private static string Short(string name) => name.Length <= 40 ? name : name[..40] + "…";
}
