using System.Collections.Frozen;

namespace DailyDigest.Mailing;

/// <summary>Which addresses lead to one mailbox, and which domains have many owners of mailboxes.</summary>
public static class Mailbox
{
    private const string Google = "gmail.com";
    private const string Proton = "proton.me";

    // cspell:disable
    // Public mail providers: a family by its first label (yahoo.co.uk, hotmail.fr), and single domains.
    private static readonly FrozenSet<string> Families = new[]
    {
        "yahoo", "ymail", "rocketmail", "hotmail", "live", "outlook", "msn", "gmx", "orange", "wanadoo", "tiscali", "yandex",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Providers = new[]
    {
        Google, Proton, "icloud.com", "me.com", "mac.com", "aol.com", "fastmail.com", "zoho.com", "hey.com", "mail.com", "email.com",
        "web.de", "t-online.de", "freenet.de", "arcor.de", "posteo.de", "mailbox.org", "free.fr", "laposte.net", "sfr.fr", "bbox.fr",
        "libero.it", "virgilio.it", "alice.it", "tin.it", "telenet.be", "skynet.be", "ziggo.nl", "kpnmail.nl", "planet.nl", "xs4all.nl",
        "bluewin.ch", "sunrise.ch", "btinternet.com", "sky.com", "virginmedia.com", "ntlworld.com", "talktalk.net", "comcast.net",
        "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net", "cox.net", "charter.net", "shaw.ca", "rogers.com", "sympatico.ca",
        "bigpond.com", "optusnet.com.au", "xtra.co.nz", "mail.ru", "bk.ru", "list.ru", "inbox.ru", "rambler.ru", "ukr.net", "seznam.cz",
        "wp.pl", "o2.pl", "interia.pl", "onet.pl", "qq.com", "163.com", "126.com", "sina.com", "naver.com", "daum.net", "hanmail.net",
        "docomo.ne.jp", "ezweb.ne.jp", "softbank.ne.jp", "rediffmail.com", "uol.com.br", "bol.com.br", "terra.com.br", "maktoob.com",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>
    /// The address without what its host ignores: a tag from the first plus on, and at Google and Proton the dots. A host may read a plus
    /// otherwise; then two readers share a mailbox here, which costs them a share of a budget and nothing else.
    /// </summary>
    public static string Fold(EmailAddress address)
    {
        var at = address.Normalized.LastIndexOf('@');
        var (local, domain) = (address.Normalized[..at], Domain(address));
        var tag = local.IndexOf('+', StringComparison.Ordinal);
        local = tag > 0 ? local[..tag] : local;
        local = domain switch
        {
            Google => local.Replace(".", "", StringComparison.Ordinal),
            Proton => string.Concat(local.Where(character => character is not ('.' or '-' or '_'))),
            _ => local,
        };
        return $"{local}@{domain}";
    }

    /// <summary>The domain of the address; one name for those that are one host.</summary>
    public static string Domain(EmailAddress address) => address.Normalized[(address.Normalized.LastIndexOf('@') + 1)..] switch
    {
        "googlemail.com" => Google,
        "protonmail.com" or "pm.me" or "protonmail.ch" => Proton,
        var domain => domain,
    };

    /// <summary>True for a domain that gives mailboxes to everybody, so that many readers have it.</summary>
    public static bool IsPublic(string domain) => Providers.Contains(domain) || Families.Contains(domain.Split('.')[0]);
}
