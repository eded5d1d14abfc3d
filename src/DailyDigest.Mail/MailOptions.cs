using System.Net;
using DailyDigest.Delivery;
using MimeKit;

namespace DailyDigest.Mail;

/// <summary>How the connection to the relay is protected.</summary>
public enum MailSecurity
{
    /// <summary>Plain text; for a relay on this machine or a private network.</summary>
    None,

    /// <summary>Plain at first, TLS before login and mail; a server without STARTTLS is refused.</summary>
    StartTls,

    /// <summary>TLS from the first byte (port 465).</summary>
    Tls,
}

/// <summary>Where mail goes and whom it is from. Section <c>Mail</c>.</summary>
public sealed class MailOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Mail";

    /// <summary>The relay's host name or address.</summary>
    public string Host { get; set; } = "";

    /// <summary>The relay's port; 0 for 587, or 465 with <c>tls</c>.</summary>
    public int Port { get; set; }

    /// <summary>none, starttls or tls.</summary>
    public string Security { get; set; } = "starttls";

    /// <summary>Login name; empty for no login.</summary>
    public string User { get; set; } = "";

    /// <summary>Password of <see cref="User"/>. Appears in no log, exception or reply.</summary>
    public string Password { get; set; } = "";

    /// <summary>
    /// SHA-256 of the relay's certificate in hex (colons allowed). When set, exactly this certificate is accepted, whoever issued it;
    /// when empty, a certificate must be valid for the host.
    /// </summary>
    public string CertificateSha256 { get; set; } = "";

    /// <summary>"Name &lt;address&gt;" or an address. Without a name, the publication's is used. Its address is the envelope sender too.</summary>
    public string From { get; set; } = "";

    /// <summary>Where answers go; empty for <see cref="From"/>.</summary>
    public string ReplyTo { get; set; } = "";

    /// <summary>Address that takes unsubscribe requests by mail, added to List-Unsubscribe beside the link; empty for none.</summary>
    public string UnsubscribeAddress { get; set; } = "";

    /// <summary>
    /// Address that takes bounces. When set, the envelope sender of each digest is this address with <c>+</c> and a token that names the delivery before
    /// its @; empty for the address of <see cref="From"/>.
    /// </summary>
    public string Bounces { get; set; } = "";

    /// <summary>When set, messages are written into this folder as .eml files instead of being sent.</summary>
    public string PickupFolder { get; set; } = "";

    /// <summary>Folder of a publisher's own templates, which replace ours by file name; empty for ours.</summary>
    public string TemplatesFolder { get; set; } = "";

    /// <summary>Seconds to wait for the relay; the reply to a whole message may take ten minutes (RFC 5321 4.5.3.2.6).</summary>
    public int TimeoutSeconds { get; set; } = 60;

    /// <summary><see cref="Security"/> as a type; null if it is none of the three words.</summary>
    public MailSecurity? Protection => Security.Trim().ToLowerInvariant() switch
    {
        "none" => MailSecurity.None,
        "starttls" => MailSecurity.StartTls,
        "tls" => MailSecurity.Tls,
        _ => null,
    };

    /// <summary>The port that is used.</summary>
    public int EffectivePort => Port != 0 ? Port : Protection == MailSecurity.Tls ? 465 : 587;

    /// <summary>One line per fault, each naming its setting.</summary>
    /// <param name="development">In Development a missing From is let through, and so is a pickup folder or host that is not set.</param>
    public IEnumerable<string> Validate(bool development)
    {
        if (PickupFolder.Length == 0 && Host.Length == 0 && !development)
        {
            yield return "Mail__Host: the relay's host name, or set Mail__PickupFolder to write files instead.";
        }

        if (Port is < 0 or > 65535)
        {
            yield return "Mail__Port: 1 to 65535, or 0 for the usual one.";
        }

        if (Protection is null)
        {
            yield return "Mail__Security: none, starttls or tls.";
        }

        if (Password.Length > 0 && User.Length == 0)
        {
            yield return "Mail__User: a password is set without a user.";
        }

        if (User.Length > 0 && Protection == MailSecurity.None && !development && !IsLoopback(Host))
        {
            yield return "Mail__Security: a login must not travel unencrypted; set starttls or tls.";
        }

        if (From.Length == 0 ? !development : ParseMailbox(From) is null)
        {
            yield return "Mail__From: an address such as news@example.com, or Name <news@example.com>.";
        }

        foreach (var (name, text) in new[] { ("ReplyTo", ReplyTo), ("UnsubscribeAddress", UnsubscribeAddress) })
        {
            if (text.Length > 0 && ParseMailbox(text) is null)
            {
                yield return $"Mail__{name}: an address, or nothing.";
            }
        }

        if (Bounces.Length > 0 && !CanCarryToken(Bounces))
        {
            yield return $"Mail__Bounces: an address with at most {EnvelopeTokens.MostLocal} letters, digits, dots and hyphens before its @, such as bounces@mail.example.com, or nothing.";
        }

        if (CertificateSha256.Length > 0 && Fingerprint is null)
        {
            yield return "Mail__CertificateSha256: 64 hex digits, colons allowed, or nothing.";
        }

        if (TemplatesFolder.Length > 0 && !Directory.Exists(TemplatesFolder))
        {
            yield return "Mail__TemplatesFolder: there is no such folder.";
        }

        if (TimeoutSeconds is < 1 or > 600)
        {
            yield return "Mail__TimeoutSeconds: 1 to 600.";
        }
    }

    /// <summary><see cref="CertificateSha256"/> as 64 upper-case digits; null if it is not that.</summary>
    internal string? Fingerprint =>
        CertificateSha256.Replace(":", "", StringComparison.Ordinal).ToUpperInvariant() is { Length: 64 } hex && hex.All(char.IsAsciiHexDigit) ? hex : null;

    /// <summary>Reads one mailbox; null when it is not one, or carries control characters.</summary>
    internal static MailboxAddress? ParseMailbox(string text) =>
        !text.Any(char.IsControl) && MailboxAddress.TryParse(text, out var mailbox) && mailbox.Address.IndexOf('@') is > 0 and var at
            && at < mailbox.Address.Length - 1
            ? mailbox
            : null;

    // The + separates the token, so there is no other.
    private static bool CanCarryToken(string text) =>
        ParseMailbox(text) is { } mailbox && mailbox.Address == text && text.IndexOf('@') is <= EnvelopeTokens.MostLocal and var at
        && text[..at].All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
