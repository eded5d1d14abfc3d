using System.Net;
using DailyDigest.Mail.OAuth;

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

/// <summary>
/// One relay: how it is reached, and what it allows. The settings of the first relay stand in the section <c>Mail</c> itself
/// (<see cref="MailOptions"/>), those of further relays under <c>Mail__Relays__0</c> and so on.
/// </summary>
public class RelayOptions
{
    // Many relays close a connection after 100 messages; a new connection costs about as much as two messages.
    private const int DefaultPerConnection = 100;

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

    /// <summary>Login with an access token in place of a password; nothing set for none.</summary>
    public OAuthOptions OAuth { get; set; } = new();

    /// <summary>
    /// SHA-256 of the relay's certificate in hex (colons allowed). When set, exactly this certificate is accepted, whatever its issuer;
    /// when empty, a certificate must be valid for the host.
    /// </summary>
    public string CertificateSha256 { get; set; } = "";

    /// <summary>Maximum of connections at once, for all machines together; 0 for no limit.</summary>
    public int Connections { get; set; }

    /// <summary>Maximum of messages a second, for all machines together; fractions allowed; 0 for no limit.</summary>
    public double PerSecond { get; set; }

    /// <summary>
    /// Maximum of messages in any 60 minutes, for all machines together; a tenth is kept for service mails. 0 for no limit.
    /// </summary>
    public int PerHour { get; set; }

    /// <summary>Maximum of messages a UTC day, for all machines together; 0 for no limit.</summary>
    public int PerDay { get; set; }

    /// <summary>Messages after which a connection is closed and another opened; 0 for no limit.</summary>
    public int PerConnection { get; set; } = DefaultPerConnection;

    /// <summary>Host and port, as logs and reports name the relay.</summary>
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
    public int EffectivePort => Port != 0 ? Port : Protection == MailSecurity.Tls ? 465 : 587;

    /// <summary><see cref="CertificateSha256"/> as 64 upper-case digits; null if it is not that.</summary>
    internal string? Fingerprint =>
        CertificateSha256.Replace(":", "", StringComparison.Ordinal).ToUpperInvariant() is { Length: 64 } hex
            && hex.All(char.IsAsciiHexDigit)
            ? hex
            : null;

    /// <summary>One line per fault, each naming its setting with <paramref name="prefix"/> before it.</summary>
    internal IEnumerable<string> Validate(string prefix, bool development, bool needsHost)
    {
        if (needsHost && Host.Length == 0)
        {
            yield return $"{prefix}__Host: the relay's host name.";
        }

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
                ? $"{prefix}__User: with {prefix}__OAuth, the mailbox that sends."
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

        if (Connections is < 0 or > 10_000)
        {
            yield return $"{prefix}__Connections: 1 to 10000, or 0 for no limit.";
        }

        // At less than one message an hour no run would end. The comparison refuses "not a number", too.
        if (PerSecond != 0 && !(PerSecond is >= 1.0 / 3600 and <= 100_000))
        {
            yield return $"{prefix}__PerSecond: 0.0003 (one an hour) to 100000, or 0 for no limit.";
        }

        if (PerHour < 0)
        {
            yield return $"{prefix}__PerHour: 1 or more, or 0 for no limit.";
        }

        if (PerDay < 0)
        {
            yield return $"{prefix}__PerDay: 1 or more, or 0 for no limit.";
        }

        if (PerConnection < 0)
        {
            yield return $"{prefix}__PerConnection: 1 or more, or 0 for no limit.";
        }
    }

    private static bool IsLoopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
