using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Digests;
using DailyDigest.Settings;

namespace DailyDigest.Web;

/// <summary>
/// A mail on the web: as it was sent, below a line that leads to the other digests and to the sign-up, and with nobody's links. Who follows one of those
/// comes to a page that says where one's own are.
/// </summary>
public static partial class MailCopy
{
    /// <summary>Where the personal links of a mail lead that is shown to everybody.</summary>
    public const string YourLinks = "/digests/your-links";

    /// <summary>The mail's HTML with <paramref name="wayOn"/>, HTML too, as the first of its body.</summary>
    public static string Of(Variant variant, Publication publication, string wayOn)
    {
        var everybody = WebUtility.HtmlEncode($"{publication.BaseUrl}{YourLinks}?lang={Uri.EscapeDataString(variant.Language)}");
        var html = Slots.All.Aggregate(variant.Html, (text, slot) => text.Replace(slot, everybody, StringComparison.Ordinal));

        // What has no body of its own has one for a browser: from where the first of its text stands.
        var body = Body().Match(html);
        return body.Success ? html.Insert(body.Index + body.Length, "\n" + wayOn) : html + wayOn;
    }

    [GeneratedRegex("<body(?:\\s[^>]*)?>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Body();
}
