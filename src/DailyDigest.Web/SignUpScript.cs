using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The one script, of the sign-up page and of publishers' pages: it guesses the reader's zone.</summary>
internal sealed class SignUpScript
{
    private readonly byte[] bytes;

    /// <summary>Reads the embedded file.</summary>
    public SignUpScript(Publication publication)
    {
        using var stream = typeof(SignUpScript).Assembly.GetManifestResourceStream("DailyDigest.Web.signup.js")!;
        bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        Url = $"{View.Root(publication)}/signup.js?v={Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 6))}";
    }

    /// <summary>Its address, which changes with its content.</summary>
    public string Url { get; }

    /// <summary>GET /signup.js</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "text/javascript; charset=utf-8";
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = "public, max-age=86400";

        // Publishers' pages load it too, also those that let in nothing from elsewhere that does not say so.
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
