using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>Reads what was posted, within a limit that holds on whatever server.</summary>
internal static class RequestBody
{
    /// <summary>Most bytes of a body.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int MaxFields = 50;

    /// <summary>Returns the body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="most">Most bytes of it.</param>
    /// <exception cref="BadHttpRequestException">It has more (413).</exception>
    /// <exception cref="BrokenOffException">Who sent it hung up in the middle.</exception>
    public static async Task<byte[]> BytesAsync(HttpRequest request, int most = MaxBytes)
    {
        if (request.ContentLength > most)
        {
            throw TooLarge();
        }

        using var body = new MemoryStream();
        var buffer = new byte[8 * 1024];
        for (int read; (read = await ReadAsync(request, buffer)) > 0;)
        {
            body.Write(buffer, 0, read);
            if (body.Length > most)
            {
                throw TooLarge();
            }
        }

        return body.ToArray();
    }

    /// <summary>Returns the fields of a form; none for a body of another type.</summary>
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
            using var reader = new FormReader(new MemoryStream(bytes)) { ValueCountLimit = MaxFields, ValueLengthLimit = 8 * 1024, KeyLengthLimit = 256 };
            return await reader.ReadFormAsync(request.HttpContext.RequestAborted);
        }
        catch (InvalidDataException exception)
        {
            throw new BadHttpRequestException("Not a form of ours.", StatusCodes.Status400BadRequest, exception);
        }
    }

    /// <summary>The field's one value, or null.</summary>
    public static string? One(this Dictionary<string, StringValues> form, string name) => form.GetValueOrDefault(name) is [{ } value] ? value : null;

    // What a server has to say against a body is an IOException, too.
    private static async ValueTask<int> ReadAsync(HttpRequest request, byte[] buffer)
    {
        try
        {
            return await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            throw new BrokenOffException(exception);
        }
    }

    private static BadHttpRequestException TooLarge() => new("The body is too large.", StatusCodes.Status413PayloadTooLarge);

    /// <summary>Who sent the body hung up in the middle of it: no fault of ours, and nobody is there to be answered.</summary>
    public sealed class BrokenOffException(IOException inner) : Exception("The body broke off.", inner);
}
