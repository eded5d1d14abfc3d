using System.Globalization;
using DailyDigest.Subscribers;
using MimeKit;

namespace DailyDigest.Mail;

/// <summary>Where mail goes and whom it is from. Section <c>Mail</c>.</summary>
public sealed class MailOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Mail";

    /// <summary>The first relay's host name or address. What a setting of a relay means: <see cref="RelayOptions"/>.</summary>
    public string Host { get; set; } = "";

    /// <summary>Its port; 0 for 587, or 465 with <c>tls</c>.</summary>
    public int Port { get; set; }

    /// <summary>none, starttls or tls.</summary>
    public string Security { get; set; } = "starttls";

    /// <summary>Login name; empty for no login.</summary>
    public string User { get; set; } = "";

    /// <summary>Password of <see cref="User"/>. Appears in no log, exception or reply.</summary>
    public string Password { get; set; } = "";

    /// <summary>SHA-256 of its certificate in hex; when set, exactly this certificate is accepted.</summary>
    public string CertificateSha256 { get; set; } = "";

    /// <summary>Most connections to it at once, of all machines together; 0 for no limit.</summary>
    public int Connections { get; set; }

    /// <summary>Most messages a second, of all machines together; fractions allowed; 0 for no limit.</summary>
    public double PerSecond { get; set; }

    /// <summary>Most messages a UTC day, of all machines together; 0 for no limit.</summary>
    public int PerDay { get; set; }

    /// <summary>Messages after which a connection is closed and another opened; 0 for no limit.</summary>
    public int PerConnection { get; set; } = RelayOptions.UsualPerConnection;

    /// <summary>Further relays, taken in this order while those before cannot be used.</summary>
    public IReadOnlyList<RelayOptions> Relays { get; set; } = [];

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

    /// <summary>Every relay in the order in which they are taken; none if no host is set.</summary>
    public IReadOnlyList<RelayOptions> AllRelays => [.. RelaysByPrefix().Select(relay => relay.Options)];

    /// <summary>One line per fault, each naming its setting.</summary>
    /// <param name="development">In Development a missing From is let through, and so is a pickup folder or host that is not set.</param>
    public IEnumerable<string> Validate(bool development)
    {
        if (PickupFolder.Length == 0 && Host.Length == 0 && !development)
        {
            yield return "Mail__Host: the relay's host name, or set Mail__PickupFolder to write files instead.";
        }

        // Further relays alone would silently become the first.
        if (Host.Length == 0 && PickupFolder.Length == 0 && Relays.Count > 0)
        {
            yield return "Mail__Host: the first relay is set here, further ones as Mail__Relays__0__Host and so on.";
        }

        foreach (var fault in First.Validate(Section, development, needsHost: false).Concat(
            FurtherByPrefix().SelectMany(relay => relay.Options.Validate(relay.Prefix, development, needsHost: true))))
        {
            yield return fault;
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

        if (TemplatesFolder.Length > 0 && !Directory.Exists(TemplatesFolder))
        {
            yield return "Mail__TemplatesFolder: there is no such folder.";
        }

        if (TimeoutSeconds is < 1 or > 600)
        {
            yield return "Mail__TimeoutSeconds: 1 to 600.";
        }
    }

    private RelayOptions First => new()
    {
        Host = Host,
        Port = Port,
        Security = Security,
        User = User,
        Password = Password,
        CertificateSha256 = CertificateSha256,
        Connections = Connections,
        PerSecond = PerSecond,
        PerDay = PerDay,
        PerConnection = PerConnection,
    };

    /// <summary><see cref="AllRelays"/>, each with what its settings' names begin with, such as <c>Mail__Relays__0</c>.</summary>
    internal IEnumerable<(string Prefix, RelayOptions Options)> RelaysByPrefix() => Host.Length == 0 ? FurtherByPrefix() : FurtherByPrefix().Prepend((Section, First));

    private IEnumerable<(string Prefix, RelayOptions Options)> FurtherByPrefix() =>
        Relays.Select((relay, index) => (string.Create(CultureInfo.InvariantCulture, $"{Section}__Relays__{index}"), relay));

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
}
