namespace DailyDigest.Testing.Services;

/// <summary>How the recorder is reached.</summary>
public enum SmtpSecurity
{
    /// <summary>In the clear; STARTTLS is not offered.</summary>
    None,

    /// <summary>In the clear at first; STARTTLS is offered.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,
}

/// <summary>The settings of a recorder and its scripted faults.</summary>
public sealed record SmtpOptions
{
    /// <summary>The port; 0 for any that is free.</summary>
    public int Port { get; init; }

    /// <summary>None, STARTTLS or TLS, with a self-signed certificate for localhost and 127.0.0.1.</summary>
    public SmtpSecurity Security { get; init; }

    /// <summary>With STARTTLS: refuses MAIL (530) before it.</summary>
    public bool RequireTls { get; init; }

    /// <summary>The user that must log in; null if nobody has to.</summary>
    public string? User { get; init; }

    /// <summary>The user's password.</summary>
    public string? Password { get; init; }

    /// <summary>The beginning of the access tokens that XOAUTH2 accepts; null for none.</summary>
    public string? TokenPrefix { get; init; }

    /// <summary>The mechanisms that are offered.</summary>
    public IReadOnlyList<string> Mechanisms { get; init; } = ["PLAIN", "LOGIN"];

    /// <summary>Largest message in bytes, announced as SIZE; 0 for any.</summary>
    public long MaxSize { get; init; }

    /// <summary>The scripted faults. If several apply, the first one that has times left is used.</summary>
    public IReadOnlyList<SmtpFault> Faults { get; init; } = [];
}

/// <summary>The stage of the conversation at which a fault happens.</summary>
public enum SmtpStage
{
    /// <summary>Instead of the greeting.</summary>
    Connect,

    /// <summary>After the TLS handshake, of either kind.</summary>
    Secure,

    /// <summary>In answer to AUTH.</summary>
    Auth,

    /// <summary>In answer to MAIL.</summary>
    Mail,

    /// <summary>In answer to RCPT.</summary>
    Rcpt,

    /// <summary>During the message: only a drop.</summary>
    MidData,

    /// <summary>In answer to the final dot; the message is not kept.</summary>
    Data,

    /// <summary>After the message was kept, before the answer to the final dot: only a drop.</summary>
    Reply,
}

/// <summary>One scripted fault.</summary>
/// <param name="At">The stage.</param>
public sealed record SmtpFault(SmtpStage At)
{
    /// <summary>Only for this recipient; null for everybody. Counts from RCPT on.</summary>
    public string? Recipient { get; init; }

    /// <summary>The reply code, such as 550; 0 with <see cref="Drop"/>, or for a delay alone.</summary>
    public int Code { get; init; }

    /// <summary>The reply's text, with its enhanced status if it is to have one: "5.1.1 No such user".</summary>
    public string Text { get; init; } = "";

    /// <summary>The server closes the connection instead of a reply.</summary>
    public bool Drop { get; init; }

    /// <summary>At <see cref="SmtpStage.MidData"/>: after more than this many bytes.</summary>
    public int AfterBytes { get; init; }

    /// <summary>Waits before it replies.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How often; -1 for always.</summary>
    public int Times { get; init; } = -1;

    /// <summary>A reply that refuses.</summary>
    public static SmtpFault Refuse(SmtpStage at, int code, string text, string? recipient = null, int times = -1) =>
        new(at) { Code = code, Text = text, Recipient = recipient, Times = times };

    /// <summary>A connection that is cut.</summary>
    public static SmtpFault Cut(SmtpStage at, string? recipient = null, int times = -1, int afterBytes = 0) =>
        new(at) { Drop = true, Recipient = recipient, Times = times, AfterBytes = afterBytes };
}

/// <summary>A message that the recorder kept.</summary>
/// <param name="From">The envelope's sender; empty for the null sender.</param>
/// <param name="To">The envelope's recipients.</param>
/// <param name="Raw">The message as it came, dots unstuffed.</param>
/// <param name="User">The user that had logged in, or null.</param>
/// <param name="Secure">Whether it came over TLS.</param>
/// <param name="Client">The name that the client gave itself.</param>
/// <param name="Session">The connection.</param>
/// <param name="Replied">False if the connection was cut before the reply, as scripted.</param>
public sealed record RecordedMail(
    string From, IReadOnlyList<string> To, byte[] Raw, string? User, bool Secure, string Client, string Session, bool Replied)
{
    /// <summary>The message as text, a byte a character.</summary>
    public string Text => System.Text.Encoding.Latin1.GetString(Raw);

    /// <summary>The first header of that name, unfolded but not decoded; null if there is none.</summary>
    public string? Header(string name)
    {
        var end = Text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var head = (end < 0 ? Text : Text[..end]).Replace("\r\n ", " ", StringComparison.Ordinal)
            .Replace("\r\n\t", " ", StringComparison.Ordinal);
        return head.Split("\r\n")
            .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
    }
}
