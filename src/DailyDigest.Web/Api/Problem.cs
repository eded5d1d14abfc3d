using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Writes answers for programs: JSON and problem details (RFC 9457).</summary>
internal static class Problem
{
    public static Task WriteAsync(
        HttpContext context, int status, string title, string? detail = null, IReadOnlyList<string>? faults = null, string? code = null) =>
        WriteJsonAsync(
            context, status, new { type = "about:blank", title, status, code, detail, errors = faults }, Type, WithoutNulls);

    /// <summary>The content type of problem details.</summary>
    public const string Type = "application/problem+json; charset=utf-8";

    private static readonly JsonSerializerOptions WithoutNulls = new(JsonSerializerOptions.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>For files that people read: indented, and without escapes for letters of any script.</summary>
    public static JsonSerializerOptions ForPeople { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
    };

    public static async Task WriteJsonAsync<T>(
        HttpContext context, int status, T value, string type = "application/json; charset=utf-8", JsonSerializerOptions? options = null)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, options ?? JsonSerializerOptions.Web);
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
