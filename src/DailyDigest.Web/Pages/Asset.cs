using System.Globalization;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>A file of ours that pages refer to.</summary>
internal sealed class Asset
{
    /// <summary>A day, by everybody.</summary>
    public const string Kept = "public, max-age=86400";

    private readonly byte[] bytes;
    private readonly string contentType;
    private readonly bool everywhere;

    /// <param name="root">The path below which the pages stand.</param>
    /// <param name="path">Its path there.</param>
    /// <param name="contentType">Its media type.</param>
    /// <param name="text">What is in it.</param>
    /// <param name="everywhere">True if publishers' pages load it too, also those that let in nothing from elsewhere that does not say so.</param>
    public Asset(string root, string path, string contentType, string text, bool everywhere = false)
    {
        (this.contentType, this.everywhere, Path) = (contentType + "; charset=utf-8", everywhere, path);
        bytes = Encoding.UTF8.GetBytes(text);
        Url = $"{root}{path}?v={Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 6))}";
    }

    /// <summary>Where it is served.</summary>
    public string Path { get; }

    /// <summary>Its address, which changes with its content.</summary>
    public string Url { get; }

    /// <summary>GET</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = Kept;
        if (everywhere)
        {
            context.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        }

        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}

/// <summary>Where they are, for pages.</summary>
/// <param name="Style">The one stylesheet.</param>
/// <param name="Icon">What stands for the publication in a browser's tab.</param>
/// <param name="Script">The one script, of the sign-up page and of publishers' pages: it guesses the reader's zone.</param>
public sealed record AssetUrls(string Style, string Icon, string Script);

/// <summary>All of them. There is nothing else that a page of ours loads but the publisher's logo.</summary>
internal sealed class Assets
{
    private readonly string icon;

    /// <summary>Reads the embedded files and fills in the publication's colour and first letter.</summary>
    public Assets(Publication publication)
    {
        var (root, colours) = (View.Root(publication), new Colours(publication.Color));
        var letter = SecurityElement.Escape(StringInfo.GetNextTextElement(publication.Name.Trim()).ToUpperInvariant());
        var style = new Asset(root, "/style.css", "text/css", colours.Fill(Read("style.css")));
        var icon = new Asset(root, "/icon.svg", "image/svg+xml", colours.Fill(Read("icon.svg")).Replace("{letter}", letter, StringComparison.Ordinal));
        var script = new Asset(root, "/signup.js", "text/javascript", Read("signup.js"), everywhere: true);
        (All, Urls) = ([style, icon, script], new AssetUrls(style.Url, icon.Url, script.Url));
        this.icon = root + icon.Path;
    }

    /// <summary>GET /favicon.ico, which browsers and feed readers ask for where no page names an icon: to the one there is.</summary>
    public Task ToIconAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        context.Response.Headers.Location = icon;
        context.Response.Headers.CacheControl = Asset.Kept;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>Each of them.</summary>
    public IReadOnlyList<Asset> All { get; }

    /// <summary>Where they are.</summary>
    public AssetUrls Urls { get; }

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Assets).Assembly.GetManifestResourceStream("DailyDigest.Web." + name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
