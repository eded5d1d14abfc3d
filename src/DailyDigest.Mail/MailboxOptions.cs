namespace DailyDigest.Mail;

/// <summary>The protocol by which the mailbox is read.</summary>
public enum MailboxProtocol
{
    /// <summary>RFC 9051 and RFC 3501.</summary>
    Imap,

    /// <summary>RFC 1939, with UIDL.</summary>
    Pop3,
}

/// <summary>The mailbox to which messages come back. Section <c>Mailbox</c>; without a host there is none.</summary>
public sealed class MailboxOptions : MailServerOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Mailbox";

    /// <summary>The value of <see cref="Done"/> to delete messages.</summary>
    public const string Delete = "delete";

    /// <summary>The folder of settled messages unless <see cref="Done"/> names another.</summary>
    public const string DefaultDone = "DailyDigest";

    /// <summary>Creates the options; TLS from the first byte is the default.</summary>
    public MailboxOptions() => Security = "tls";

    /// <summary>imap or pop3.</summary>
    public string Protocol { get; set; } = "imap";

    /// <summary>The folder that is read, by IMAP.</summary>
    public string Folder { get; set; } = "INBOX";

    /// <summary>
    /// The fate of a settled message: <see cref="Delete"/>, or the folder to which it is moved, by IMAP. Empty to move it to
    /// <see cref="DefaultDone"/>, where it is deleted after 30 days; by POP3 to delete it.
    /// </summary>
    public string Done { get; set; } = "";

    /// <summary>Minutes from one reading to the next.</summary>
    public int Minutes { get; set; } = 5;

    /// <summary>Seconds to wait for each answer of the server.</summary>
    public int TimeoutSeconds { get; set; } = 60;

    /// <summary><see cref="Protocol"/> as a type; null if it is neither of the two words.</summary>
    public MailboxProtocol? Speaks => Protocol.Trim().ToLowerInvariant() switch
    {
        "imap" => MailboxProtocol.Imap,
        "pop3" => MailboxProtocol.Pop3,
        _ => null,
    };

    /// <summary>True if there is a mailbox to read.</summary>
    public bool IsSet => Host.Length > 0;

    /// <inheritdoc/>
    public override int EffectivePort => (Port, Speaks, Protection) switch
    {
        ( > 0, _, _) => Port,
        (_, MailboxProtocol.Pop3, MailSecurity.Tls) => 995,
        (_, MailboxProtocol.Pop3, _) => 110,
        (_, _, MailSecurity.Tls) => 993,
        _ => 143,
    };

    /// <summary>One line per fault, each naming its setting.</summary>
    /// <param name="development">True to allow a login without TLS to any host.</param>
    public IEnumerable<string> Validate(bool development)
    {
        if (!IsSet && (User.Length > 0 || Password.Length > 0 || OAuth.IsSet))
        {
            yield return "Mailbox__Host: the host name of the mailbox's server, or nothing with no user either.";
        }

        foreach (var fault in ValidateServer(Section, development))
        {
            yield return fault;
        }

        if (IsSet && Password.Length == 0 && !OAuth.IsSet)
        {
            yield return User.Length == 0
                ? "Mailbox__User: the login of the mailbox."
                : "Mailbox__Password: the password of the mailbox, or set Mailbox__OAuth.";
        }

        if (Speaks is null)
        {
            yield return "Mailbox__Protocol: imap or pop3.";
        }

        if (Speaks == MailboxProtocol.Pop3 && Done.Length > 0 && !Done.Equals(Delete, StringComparison.OrdinalIgnoreCase))
        {
            yield return "Mailbox__Done: pop3 has no folders; set delete, or nothing.";
        }

        if (Folder.Length == 0 || Folder.Any(char.IsControl) || Done.Any(char.IsControl))
        {
            yield return "Mailbox__Folder, Mailbox__Done: a folder's name as the server has it, such as INBOX.";
        }

        if (Folder.Equals(Done.Length == 0 ? DefaultDone : Done, StringComparison.OrdinalIgnoreCase))
        {
            yield return "Mailbox__Done: another folder than Mailbox__Folder.";
        }

        if (Minutes is < 1 or > 1440)
        {
            yield return "Mailbox__Minutes: 1 to 1440.";
        }

        if (TimeoutSeconds is < 1 or > 600)
        {
            yield return "Mailbox__TimeoutSeconds: 1 to 600.";
        }
    }
}
