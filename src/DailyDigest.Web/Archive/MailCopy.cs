using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Digests;
using DailyDigest.Settings;

namespace DailyDigest.Web;

/// <summary>
/// A sent mail as a public page. Navigation is inserted above it, and the personal links are replaced by a link to a page that explains
/// where a reader finds them.
/// </summary>
internal static partial class MailCopy
{
    /// <summary>The path that replaces every personal link.</summary>
    public const string PersonalLinksPath = "/digests/your-links";

    /// <summary>Returns the mail's HTML with the HTML <paramref name="navigation"/> at the beginning of its body.</summary>
    public static string Create(Variant variant, Publication publication, string navigation)
    {
        var link = WebUtility.HtmlEncode($"{publication.BaseUrl}{PersonalLinksPath}?lang={Uri.EscapeDataString(variant.Language)}");
        var html = Slots.All.Aggregate(variant.Html, (text, slot) => text.Replace(slot, link, StringComparison.Ordinal));

        // Without a body tag a browser starts the body at the first text, so the end of the document is a safe place.
        var body = Body().Match(html);
        return body.Success ? html.Insert(body.Index + body.Length, "\n" + navigation) : html + navigation;
    }

    [GeneratedRegex("<body(?:\\s[^>]*)?>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Body();
}
