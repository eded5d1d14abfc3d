using DailyDigest.Settings;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The headers of every answer, and the Content Security Policies of pages.</summary>
internal sealed class SecurityHeaders(Publication publication, SignUpOptions signUp)
{
    private readonly bool https = IsSecure(publication);

    /// <summary>Pages may load our own stylesheet and the publisher's logo. They may run no script.</summary>
    public string PagePolicy { get; } = Policy("", publication, "");

    /// <summary>A page of the desk with live parts runs our own script, which asks for the page again.</summary>
    public string LivePolicy { get; } = Policy(" script-src 'self'; connect-src 'self';", publication, "");

    /// <summary>A past digest also shows the pictures of its stories.</summary>
    public string ArchivePagePolicy { get; } = Policy("", publication, "", IsSecure(publication) ? " https:" : " https: http:");

    /// <summary>A page of the desk that shows a mail in a frame, and the pictures of stories.</summary>
    public string DeskPreviewPolicy { get; } =
        Policy(" frame-src 'self';", publication, "", IsSecure(publication) ? " https:" : " https: http:");

    /// <summary>A mail in a frame of the desk: its own styles and pictures. It can run nothing and send nothing.</summary>
    public string MailPolicy { get; } =
        $"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https:{(IsSecure(publication) ? "" : " http:")}; "
        + "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups";

    /// <summary>A page of readers in a frame of the desk, with another look. It can run nothing and send nothing.</summary>
    public static string FramedPagePolicy(Publication look) =>
        $"default-src 'none'; style-src 'self'; img-src 'self'{Origin(look.LogoUrl)}; form-action 'none'; base-uri 'none'; "
        + "frame-ancestors 'self'";

    /// <summary>
    /// The sign-up page may run our own script as well. Its form may redirect to <c>SignUp__Origins</c>, because browsers apply form-action
    /// to redirects.
    /// </summary>
    public string SignUpPagePolicy { get; } =
        Policy(" script-src 'self';", publication, string.Concat(signUp.Split().Select(origin => " " + origin)));

    /// <summary>Sets the headers. An endpoint may replace the policy with its own.</summary>
    public void Add(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = PagePolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()";
        if (https)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }
    }

    private static bool IsSecure(Publication publication) =>
        publication.BaseUrl.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static string Policy(string script, Publication publication, string formTargets, string pictures = "") =>
        $"default-src 'none'; style-src 'self'; img-src 'self'{Origin(publication.LogoUrl)}{pictures};{script} "
        + $"form-action 'self'{formTargets}; base-uri 'none'; frame-ancestors 'none'";

    // With a blank before it; empty for none.
    private static string Origin(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) ? " " + parsed.GetLeftPart(UriPartial.Authority) : "";
}
