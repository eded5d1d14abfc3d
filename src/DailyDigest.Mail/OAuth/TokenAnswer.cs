using System.Globalization;
using System.Net;
using System.Text.Json;
using DailyDigest.Mailing;

namespace DailyDigest.Mail.OAuth;

/// <summary>Reads what a token endpoint answers. The answer is hostile until it is read into a type.</summary>
internal static class TokenAnswer
{
    /// <summary>Bytes of the longest answer that is read. Tokens of large providers have up to 4 KB.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>The lifetime of a token whose answer does not say it.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(10);

    private const int MaxTokenLength = 16 * 1024;
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(1);

    /// <summary>The token of an answer with status 200.</summary>
    /// <exception cref="AccessTokenException">There is none in it.</exception>
    public static AccessToken Read(byte[] body, string endpoint)
    {
        using var json = Parse(body);
        if (json is null)
        {
            throw new AccessTokenException($"{endpoint} answered no JSON object");
        }

        var token = Text(json.RootElement, "access_token");
        if (token is not { Length: > 0 and <= MaxTokenLength } || !token.All(c => c is > ' ' and <= '~'))
        {
            throw new AccessTokenException($"{endpoint} answered without an access token");
        }

        return Text(json.RootElement, "token_type") is { } type && !type.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            ? throw new AccessTokenException($"{endpoint} answered a token that is not of the type Bearer")
            : new AccessToken(token, Lifetime(json.RootElement));
    }

    /// <summary>Why there is no token, from an answer with another status (RFC 6749, 5.2).</summary>
    public static string Refusal(HttpStatusCode status, byte[] body, string endpoint)
    {
        using var json = Parse(body);
        var code = json is null ? null : Text(json.RootElement, "error");
        var why = json is null ? null : Text(json.RootElement, "error_description");
        return string.Create(CultureInfo.InvariantCulture, $"{endpoint} answered {(int)status}")
            + (code is null ? "" : " " + code) + (why is null ? "" : ": " + why);
    }

    private static JsonDocument? Parse(byte[] body)
    {
        try
        {
            var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                return json;
            }

            json.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Some endpoints write the number as a text.
    private static TimeSpan Lifetime(JsonElement answer)
    {
        var seconds = !answer.TryGetProperty("expires_in", out var value) ? null
            : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number
            : value.ValueKind == JsonValueKind.String
                && double.TryParse(Text(answer, "expires_in"), NumberStyles.None, CultureInfo.InvariantCulture, out var text) ? text
            : (double?)null;
        return seconds is { } known ? TimeSpan.FromSeconds(Math.Clamp(known, 0, MaxLifetime.TotalSeconds)) : DefaultLifetime;
    }

    private static string? Text(JsonElement answer, string name)
    {
        try
        {
            return answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // The text is not valid UTF-16.
            return null;
        }
    }
}
