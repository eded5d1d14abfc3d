using System.Globalization;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>An embedded file that pages load.</summary>
internal sealed class Asset
{
    /// <summary>Every cache may keep an asset for a day.</summary>
    public const string CacheControl = "public, max-age=86400";

    private readonly byte[] bytes;
    private readonly string contentType;
    private readonly bool crossOrigin;

    /// <summary>Creates an asset.</summary>
    /// <param name="root">The path of the base URL.</param>
    /// <param name="path">The asset's path below it.</param>
    /// <param name="contentType">Media type, without charset.</param>
    /// <param name="text">Content.</param>
    /// <param name="crossOrigin">True if publishers' pages load it too. Some of them (COEP) accept only files with
    /// Cross-Origin-Resource-Policy.</param>
    public Asset(string root, string path, string contentType, string text, bool crossOrigin = false)
    {
        (this.contentType, this.crossOrigin, Path) = (contentType + "; charset=utf-8", crossOrigin, path);
        bytes = Encoding.UTF8.GetBytes(text);
        Url = $"{root}{path}?v={Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 6))}";
    }

    /// <summary>The path of its route.</summary>
    public string Path { get; }

    /// <summary>Its URL, which changes with its content.</summary>
    public string Url { get; }

    /// <summary>GET</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = CacheControl;
        if (crossOrigin)
        {
            context.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        }

        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}

/// <summary>The URLs of the assets.</summary>
/// <param name="Style">The stylesheet of all pages.</param>
/// <param name="Icon">The icon in the browser's tab.</param>
/// <param name="Script">The script of the sign-up page and of publishers' pages. It fills in the reader's zone.</param>
/// <param name="Work">The script that works in place of a long sum.</param>
/// <param name="Desk">The stylesheet of the desk.</param>
/// <param name="Live">The script that keeps pages of the desk up to date.</param>
public sealed record AssetUrls(string Style, string Icon, string Script, string Work, string Desk, string Live);

/// <summary>All assets. Pages load nothing else except the publisher's logo.</summary>
internal sealed class Assets
{
    private readonly string iconPath;

    /// <summary>Reads the embedded files and fills in the publication's colour and first letter.</summary>
    public Assets(Publication publication)
    {
        var (root, accent) = (View.Root(publication), AccentColor.From(publication.Color));
        var letter = SecurityElement.Escape(StringInfo.GetNextTextElement(publication.Name.Trim()).ToUpperInvariant());
        var style = new Asset(root, "/style.css", "text/css", Fill(Read("style.css"), accent));
        var svg = Fill(Read("icon.svg"), accent).Replace("{letter}", letter, StringComparison.Ordinal);
        var icon = new Asset(root, "/icon.svg", "image/svg+xml", svg);
        var script = new Asset(root, "/signup.js", "text/javascript", Read("signup.js"), crossOrigin: true);
        var work = new Asset(root, "/work.js", "text/javascript", Read("work.js"));
        var desk = new Asset(root, "/desk.css", "text/css", Fill(Read("desk.css"), accent));
        var live = new Asset(root, "/live.js", "text/javascript", Read("live.js"));
        All = [style, icon, script, work, desk, live];
        Urls = new AssetUrls(style.Url, icon.Url, script.Url, work.Url, desk.Url, live.Url);
        iconPath = root + icon.Path;
    }

    /// <summary>GET /favicon.ico, which browsers and feed readers request without a page: redirects to the icon.</summary>
    public Task RedirectToIconAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        context.Response.Headers.Location = iconPath;
        context.Response.Headers.CacheControl = Asset.CacheControl;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    public IReadOnlyList<Asset> All { get; }

    public AssetUrls Urls { get; }

    // The files contain two placeholder colors.
    private static string Fill(string text, AccentColor accent) => text
        .Replace("#123456", accent.OnLight, StringComparison.Ordinal)
        .Replace("#654321", accent.OnDark, StringComparison.Ordinal);

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Assets).Assembly.GetManifestResourceStream("DailyDigest.Web." + name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
