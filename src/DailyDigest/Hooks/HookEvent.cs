using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DailyDigest.Hooks;

/// <summary>Something that happened, for the web hooks that take it.</summary>
/// <param name="Type">One of <see cref="HookTypes"/>.</param>
/// <param name="At">When.</param>
/// <param name="Subject">The thing that it happened to, such as a subscriber's id with the version. It is a part of the id.</param>
/// <param name="Data">The data: ids, numbers and words.</param>
public sealed record HookEvent(string Type, DateTimeOffset At, string Subject, IReadOnlyDictionary<string, object?> Data)
{
    /// <summary>The version of the form of bodies. A new field does not change it.</summary>
    public const int FormVersion = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The reader's address, for hooks that are allowed to have it; null if there is none.</summary>
    public string? Address { get; init; }

    /// <summary>The same for the same event, however often it is published: receivers recognize duplicates by it.</summary>
    public string Id => "evt_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Type}|{Subject}|{At.UtcTicks}"))))[..32];

    /// <summary>The body of the request.</summary>
    public string Body(bool withAddress)
    {
        var data = new Dictionary<string, object?>(Data);
        if (withAddress && Address is { Length: > 0 } address)
        {
            data["address"] = address;
        }

        return JsonSerializer.Serialize(new { type = Type, version = FormVersion, timestamp = At.UtcDateTime, data }, Json);
    }
}
