using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Digests;

namespace DailyDigest.Web;

/// <summary>
/// A mail on the web: as it was sent, below a line that leads to the other digests and to the sign-up, and with nobody's links. Who follows one of those
/// comes to a page that says where one's own are.
/// </summary>
public static partial class MailCopy
{
    /// <summary>Where the personal links of a mail lead that is shown to everybody.</summary>
    public const string YourLinks = "/digests/your-links";

    // The mail styles itself, and a publisher's may do so in any way: the browser's own colours are readable on each other by day and by night.
    private const string Bar = "margin:0;padding:10px 16px;background:Canvas;color:CanvasText;font:15px/24px system-ui,sans-serif;text-align:center";
    private const string Link = "display:inline-block;margin:0 10px;padding:4px 0;color:LinkText;text-decoration:underline";

    /// <summary>The page in the view's language; the mail itself may be in another one.</summary>
    public static string Of(Variant variant, View view)
    {
        var everybody = WebUtility.HtmlEncode($"{view.Publication.BaseUrl}{YourLinks}?lang={Uri.EscapeDataString(variant.Language)}");
        var html = Slots.All.Aggregate(variant.Html, (text, slot) => text.Replace(slot, everybody, StringComparison.Ordinal));
        var bar = $"""
            <nav lang="{view.Language}" dir="{view.Direction}" aria-label="{Text(view, "Nav")}" style="{Bar}">{To(view, "/digests", "Archive.Nav")} {To(view, "/", "DeadLink.Link")}</nav>
            """;

        // What has no body of its own has one for a browser: from where the first of its text stands.
        var body = Body().Match(html);
        return body.Success ? html.Insert(body.Index + body.Length, "\n" + bar) : html + bar;
    }

    private static string To(View view, string path, string key) =>
        $"<a href=\"{WebUtility.HtmlEncode(view.Path(path))}?lang={Uri.EscapeDataString(view.Language)}\" style=\"{Link}\">{Text(view, key)}</a>";

    private static string Text(View view, string key) => WebUtility.HtmlEncode(view.Texts[key]);

    [GeneratedRegex("<body(?:\\s[^>]*)?>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Body();
}
