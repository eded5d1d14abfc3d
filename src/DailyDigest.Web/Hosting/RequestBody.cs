using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace DailyDigest.Web;

/// <summary>Reads request bodies within a limit that holds on every server.</summary>
internal static class RequestBody
{
    /// <summary>Maximum size of a body, unless the caller sets another: 64 KiB.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int MaxFields = 50;

    /// <summary>Reads the body.</summary>
    /// <exception cref="BadHttpRequestException">It is larger than <paramref name="maxBytes"/> (413).</exception>
    /// <exception cref="DisconnectedException">The client disconnected in the middle of it.</exception>
    public static async Task<byte[]> BytesAsync(HttpRequest request, int maxBytes = MaxBytes)
    {
        if (request.ContentLength > maxBytes)
        {
            throw TooLarge();
        }

        using var body = new MemoryStream();
        var buffer = new byte[8 * 1024];
        for (int read; (read = await ReadAsync(request, buffer)) > 0;)
        {
            body.Write(buffer, 0, read);
            if (body.Length > maxBytes)
            {
                throw TooLarge();
            }
        }

        return body.ToArray();
    }

    /// <summary>
    /// Reads a body that must be <c>application/json</c>. Returns null after it answered 415. A form on another site can send other types
    /// without asking first, but not this one (Fetch standard, 3.2: CORS).
    /// </summary>
    /// <exception cref="BadHttpRequestException">It is larger than <paramref name="maxBytes"/> (413).</exception>
    /// <exception cref="DisconnectedException">The client disconnected in the middle of it.</exception>
    public static async Task<byte[]?> JsonAsync(HttpContext context, int maxBytes = MaxBytes)
    {
        if (MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
        {
            return await BytesAsync(context.Request, maxBytes);
        }

        await Problem.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, "The body must be application/json.");
        return null;
    }

    /// <summary>Reads the fields of a form. A body of another content type has none.</summary>
    /// <exception cref="BadHttpRequestException">It is too large (413) or not a form (400).</exception>
    public static async Task<Dictionary<string, StringValues>> FormAsync(HttpRequest request)
    {
        var bytes = await BytesAsync(request);
        if (request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
        {
            return [];
        }

        try
        {
            using var reader = new FormReader(new MemoryStream(bytes))
            {
                ValueCountLimit = MaxFields,
                ValueLengthLimit = 8 * 1024,
                KeyLengthLimit = 256,
            };
            return await reader.ReadFormAsync(request.HttpContext.RequestAborted);
        }
        catch (InvalidDataException exception)
        {
            throw new BadHttpRequestException("The form cannot be read.", StatusCodes.Status400BadRequest, exception);
        }
    }

    /// <summary>Reads a form with one file (multipart/form-data). A body of another content type is read as a form without one.</summary>
    /// <exception cref="BadHttpRequestException">It is larger than <paramref name="maxBytes"/> (413) or not a form (400).</exception>
    public static async Task<(Dictionary<string, StringValues> Form, byte[]? File, string? Name)> UploadAsync(
        HttpRequest request, int maxBytes)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= 70 } boundary)
        {
            return (await FormAsync(request), null, null);
        }

        var (form, file, fileName) = (new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase), (byte[]?)null, (string?)null);
        var reader = new MultipartReader(boundary.Value!, new MemoryStream(await BytesAsync(request, maxBytes)));
        try
        {
            for (var parts = 0; await reader.ReadNextSectionAsync(request.HttpContext.RequestAborted) is { } part; parts++)
            {
                if (parts == MaxFields || part.GetContentDispositionHeader() is not { } disposition)
                {
                    throw new InvalidDataException("A part of the form cannot be read.");
                }

                using var bytes = new MemoryStream();
                await part.Body.CopyToAsync(bytes, request.HttpContext.RequestAborted);
                if (disposition.IsFileDisposition())
                {
                    (file, fileName) = (bytes.ToArray(), HeaderUtilities.RemoveQuotes(disposition.FileName).Value);
                }
                else if (HeaderUtilities.RemoveQuotes(disposition.Name).Value is { Length: > 0 and <= 256 } name)
                {
                    form[name] = StringValues.Concat(
                        form.GetValueOrDefault(name), Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
                }
            }

            return (form, file, fileName);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw new BadHttpRequestException("The form cannot be read.", StatusCodes.Status400BadRequest, exception);
        }
    }

    /// <summary>The field's value; null if it is missing or present more than once.</summary>
    public static string? Value(this Dictionary<string, StringValues> form, string name) =>
        form.GetValueOrDefault(name) is [{ } value] ? value : null;

    // The server reports a faulty body as an IOException as well; that one is answered.
    private static async ValueTask<int> ReadAsync(HttpRequest request, byte[] buffer)
    {
        try
        {
            return await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            throw new DisconnectedException(exception);
        }
    }

    private static BadHttpRequestException TooLarge() => new("The body is too large.", StatusCodes.Status413PayloadTooLarge);

    /// <summary>The client disconnected in the middle of the body. This is not our error, and nobody waits for an answer.</summary>
    public sealed class DisconnectedException(IOException inner) : Exception("The client disconnected before the end of the body.", inner);
}
