using System.Net;
using DailyDigest.Mail.OAuth;

namespace DailyDigest.Mail;

/// <summary>How the connection to a mail server is protected.</summary>
public enum MailSecurity
{
    /// <summary>Plain text; for a server on this machine or a private network.</summary>
    None,

    /// <summary>Plain at first, TLS before login and mail; a server without STARTTLS is refused.</summary>
    StartTls,

    /// <summary>TLS from the first byte (port 465).</summary>
    Tls,
}

/// <summary>How a mail server is reached: a relay, or the server of a mailbox.</summary>
public abstract class MailServerOptions
{
    /// <summary>The server's host name or address.</summary>
    public string Host { get; set; } = "";

    /// <summary>The server's port; 0 for the usual one.</summary>
    public int Port { get; set; }

    /// <summary>none, starttls or tls.</summary>
    public string Security { get; set; } = "starttls";

    /// <summary>Login name; empty for no login.</summary>
    public string User { get; set; } = "";

    /// <summary>Password of <see cref="User"/>. Appears in no log, exception or reply.</summary>
    public string Password { get; set; } = "";

    /// <summary>Login with an access token in place of a password; nothing set for none.</summary>
    public OAuthOptions OAuth { get; set; } = new();

    /// <summary>
    /// SHA-256 of the server's certificate in hex (colons allowed). When set, exactly this certificate is accepted, whatever its issuer;
    /// when empty, a certificate must be valid for the host.
    /// </summary>
    public string CertificateSha256 { get; set; } = "";

    /// <summary>Host and port, as logs and reports name the server.</summary>
    public string Name => $"{Host}:{EffectivePort}";

    /// <summary><see cref="Security"/> as a type; null if it is none of the three words.</summary>
    public MailSecurity? Protection => Security.Trim().ToLowerInvariant() switch
    {
        "none" => MailSecurity.None,
        "starttls" => MailSecurity.StartTls,
        "tls" => MailSecurity.Tls,
        _ => null,
    };

    /// <summary>The port that is used.</summary>
    public abstract int EffectivePort { get; }

    /// <summary><see cref="CertificateSha256"/> as 64 upper-case digits; null if it is not that.</summary>
    internal string? Fingerprint =>
        CertificateSha256.Replace(":", "", StringComparison.Ordinal).ToUpperInvariant() is { Length: 64 } hex
            && hex.All(char.IsAsciiHexDigit)
            ? hex
            : null;

    /// <summary>One line per fault of these settings, each naming its setting with <paramref name="prefix"/> before it.</summary>
    private protected IEnumerable<string> ValidateServer(string prefix, bool development)
    {
        if (Port is < 0 or > 65535)
        {
            yield return $"{prefix}__Port: 1 to 65535, or 0 for the usual one.";
        }

        if (Protection is null)
        {
            yield return $"{prefix}__Security: none, starttls or tls.";
        }

        if (Password.Length > 0 && User.Length == 0)
        {
            yield return $"{prefix}__User: a password is set without a user.";
        }

        if (OAuth.IsSet && (User.Length == 0 || Password.Length > 0))
        {
            yield return User.Length == 0
                ? $"{prefix}__User: with {prefix}__OAuth, the mailbox whose login it is."
                : $"{prefix}__Password: set it or {prefix}__OAuth, not both.";
        }

        foreach (var fault in OAuth.Validate($"{prefix}__{nameof(OAuth)}"))
        {
            yield return fault;
        }

        if (User.Length > 0 && Protection == MailSecurity.None && !development && !IsLoopback(Host))
        {
            yield return $"{prefix}__Security: a login must not travel unencrypted; set starttls or tls.";
        }

        if (CertificateSha256.Length > 0 && Fingerprint is null)
        {
            yield return $"{prefix}__CertificateSha256: 64 hex digits, colons allowed, or nothing.";
        }
    }

    private static bool IsLoopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
