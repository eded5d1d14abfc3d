using System.Collections.Frozen;
using System.Text;

namespace DailyDigest.Content;

/// <summary>
/// Converts the URLs of one page to one text, so that a story found twice is one story. The canonical form has scheme and host in lower
/// case, the host in punycode without a final dot, no default port, resolved dot segments, percent-escapes in upper case and only where RFC
/// 3986 (6.2.2) requires them, no tracking parameters, and no fragment unless it is an address within the site ("#/route", "#!route").
/// The other parameters keep their order.
/// Unchanged, because sites distinguish them: http and https, www, a trailing slash, letter case of the path.
/// </summary>
public static class CanonicalUrl
{
    /// <summary>Maximum length of a stored URL.</summary>
    public const int MaxLength = 2000;

    private static readonly FrozenSet<string> Tracking = FrozenSet.ToFrozenSet(
    [
        "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "li_fat_id", "igshid", "igsh",
        "mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "vero_id", "oly_anon_id", "oly_enc_id", "__twitter_impression", "_ga", "_gl",
    ], StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> FragmentTracking = FrozenSet.ToFrozenSet(
        ["xtor", "ref", "at_medium", "at_campaign", "Echobox", "ftag", "intcid", "ns_campaign", "wt_mc", "rss", "ocid", "cmp", "sref"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Parses an absolute http(s) URL. Returns false and an empty text for another scheme, user-info, no host, control characters, or more
    /// than <see cref="MaxLength"/> characters.
    /// </summary>
    public static bool TryParse(string? text, out string canonical) => TryStory(text, out canonical, out _);

    /// <summary>
    /// Parses the URL of a story. <paramref name="canonical"/> is as in <see cref="TryParse"/>; <paramref name="link"/> is the same with
    /// its fragment, unless that only tracks readers. Readers get the link.
    /// </summary>
    public static bool TryStory(string? text, out string canonical, out string link)
    {
        canonical = link = "";
        if (!TryUri(text, out var uri, out var host))
        {
            return false;
        }

        var url = new StringBuilder(uri.Scheme).Append("://").Append(host);
        if (!uri.IsDefaultPort)
        {
            url.Append(':').Append(uri.Port);
        }

        url.Append(NormalizeEscapes(uri.AbsolutePath));
        var separator = '?';
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IsTracking(pair))
            {
                url.Append(separator).Append(NormalizeEscapes(pair));
                separator = '&';
            }
        }

        canonical = url.ToString();
        link = uri.Fragment.Length < 2 || IsTrackingFragment(uri.Fragment) ? canonical : canonical + NormalizeEscapes(uri.Fragment);
        canonical = uri.Fragment.StartsWith("#/", StringComparison.Ordinal) || uri.Fragment.StartsWith("#!", StringComparison.Ordinal)
            ? link : canonical;
        if (canonical.Length > MaxLength)
        {
            canonical = link = "";
        }

        link = link.Length > MaxLength ? canonical : link;
        return canonical.Length > 0;
    }

    /// <summary>
    /// Parses a link that is not an identity, such as an image's. The same URLs are rejected, but parameters and fragment stay: a signed
    /// URL breaks if they change.
    /// </summary>
    public static bool TryLink(string? text, out string link)
    {
        link = TryUri(text, out var uri, out _) && uri.AbsoluteUri.Length <= MaxLength ? uri.AbsoluteUri : "";
        return link.Length > 0;
    }

    private static bool TryUri(string? text, out Uri uri, out string host)
    {
        host = "";
        uri = null!;
        text = text?.Trim();
        if (string.IsNullOrEmpty(text) || text.Length > 4 * MaxLength || !IsClean(text)
            || !Uri.TryCreate(text, UriKind.Absolute, out var parsed)
            || parsed.Scheme is not ("http" or "https") || parsed.UserInfo.Length > 0 || parsed.Port == 0)
        {
            return false;
        }

        uri = parsed;
        host = parsed.HostNameType switch
        {
            UriHostNameType.Dns => Punycode(parsed),
            UriHostNameType.IPv4 => parsed.Host,
            UriHostNameType.IPv6 when !parsed.DnsSafeHost.Contains('%') => parsed.Host,
            _ => "",
        };
        return host.Length > 0 && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '[' or ']' or ':');
    }

    private static string Punycode(Uri uri)
    {
        try
        {
            return uri.IdnHost.TrimEnd('.').ToLowerInvariant();
        }
        catch (UriFormatException)
        {
            return ""; // Uri accepts hosts of which it then cannot say the name, such as one with an unassigned character
        }
    }

    // Reject control characters, which could break a header or a log line, and unpaired surrogates.
    private static bool IsClean(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsTracking(string pair)
    {
        var name = Uri.UnescapeDataString(pair.Split('=', 2)[0]);
        return name.StartsWith("utm_", StringComparison.OrdinalIgnoreCase) || Tracking.Contains(name);
    }

    // "#utm_source=rss", "#xtor=RSS-3", "#:~:text=..." and the like: the page is the same without it.
    private static bool IsTrackingFragment(string fragment) =>
        fragment.StartsWith("#:~:", StringComparison.Ordinal)
        || fragment[1..].TrimStart('?').Split('&').Any(
            pair => pair.Contains('=') && (IsTracking(pair) || FragmentTracking.Contains(pair.Split('=', 2)[0])));

    // Uri has escaped what is necessary. This decodes escapes of unreserved characters and writes the others in upper case.
    private static string NormalizeEscapes(string text)
    {
        if (!text.Contains('%'))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                result.Append(text[i]);
            }
            else if (i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                var code = (char)Convert.ToByte(text.Substring(i + 1, 2), 16);
                if (char.IsAsciiLetterOrDigit(code) || code is '-' or '_' or '~')
                {
                    result.Append(code);
                }
                else
                {
                    result.Append('%').Append(text.AsSpan(i + 1, 2).ToString().ToUpperInvariant());
                }

                i += 2;
            }
            else
            {
                result.Append("%25");
            }
        }

        return result.ToString();
    }
}
