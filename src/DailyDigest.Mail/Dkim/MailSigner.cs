using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Mail.Mime;

namespace DailyDigest.Mail.Dkim;

/// <summary>
/// Signs mail with rsa-sha256 or ed25519-sha256, relaxed/relaxed: one DKIM-Signature for each key. It signs the bytes that are sent: the
/// headers as MimeKit writes them, the body as <see cref="SlicedBody"/> has it. MimeKit's signer relaxes the whole body for each message,
/// which takes twice the processor time (docs/decisions/0021).
/// </summary>
public sealed class MailSigner
{
    /// <summary>
    /// Headers that are signed if the message has them: those that Gmail asks for (RFC 6376 5.4.1), the pair of RFC 8058 that one-click
    /// unsubscribe requires, the pair of RFC 9477, and those that tell how the body is to be read.
    /// </summary>
    internal static readonly string[] SignedHeaders =
    [
        "from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type", "content-transfer-encoding",
        "list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id", "cfbl-address", "cfbl-feedback-id",
        "auto-submitted",
    ];

    private const int LineLength = 76;
    private readonly IReadOnlyList<string> leftOut;

    private MailSigner(IReadOnlyList<DkimKey> keys, IReadOnlyList<string> leftOut)
    {
        Keys = keys;
        this.leftOut = leftOut;
    }

    /// <summary>One key, or two: RSA first.</summary>
    public IReadOnlyList<DkimKey> Keys { get; }

    /// <summary>The signer; null if no key is configured.</summary>
    /// <exception cref="ArgumentException">The options have faults; their check at start reports them first.</exception>
    public static MailSigner? Create(DkimOptions options, MailOptions mail)
    {
        var faults = new List<string>();
        var keys = options.Keys(mail.From, faults);
        return faults.Count > 0 ? throw new ArgumentException(string.Join('\n', faults), nameof(options))
            : keys.Count == 0 ? null
            : new MailSigner(keys, options.LeftOut);
    }

    /// <summary>The signatures, which stand in front of the headers, each with its CRLF.</summary>
    /// <param name="head">The headers as they are sent, without the empty line after them.</param>
    /// <param name="body">The body.</param>
    /// <param name="date">The mail's date.</param>
    internal byte[] Sign(ReadOnlySpan<byte> head, SlicedBody body, DateTimeOffset date)
    {
        var headers = new RelaxedHeaders(head);
        var bodyHash = Convert.ToBase64String(body.RelaxedHash());

        // From is named twice: a second From that is added on the way breaks the signature (RFC 6376 8.15).
        string[] names = ["from", .. SignedHeaders.Where(name => headers.Has(name) && !leftOut.Contains(name, StringComparer.Ordinal))];
        var signed = string.Concat(headers.Of(names).Select(line => line + "\r\n"));
        return Encoding.ASCII.GetBytes(string.Concat(Keys.Select(key => Signature(key, names, signed, bodyHash, date))));
    }

    /// <summary>
    /// Its time is the message's date, and RSA signatures are deterministic: a message that is sent again is the same, byte for byte.
    /// </summary>
    private static string Signature(DkimKey key, string[] names, string signed, string bodyHash, DateTimeOffset date)
    {
        var value = new StringBuilder(1024)
            .Append(CultureInfo.InvariantCulture, $" v=1; a={key.Algorithm}-sha256; c=relaxed/relaxed;\r\n\td={key.Domain};")
            .Append(CultureInfo.InvariantCulture, $"\r\n\ts={key.Selector}; t={date.ToUnixTimeSeconds()};\r\n\th=");
        var column = 10;
        for (var i = 0; i < names.Length; i++)
        {
            if (column + names[i].Length + 1 > LineLength)
            {
                value.Append("\r\n\t ");
                column = 9;
            }

            value.Append(names[i]).Append(i + 1 < names.Length ? ':' : ';');
            column += names[i].Length + 1;
        }

        value.Append("\r\n\tbh=").Append(bodyHash).Append(";\r\n\tb=");
        var data = signed + "dkim-signature:" + RelaxedHeaders.Value(value.ToString());
        var signature = Convert.ToBase64String(key.Sign(SHA256.HashData(Encoding.Latin1.GetBytes(data))));
        for (var at = 0; at < signature.Length; at += LineLength - 10)
        {
            value.Append(at == 0 ? "" : "\r\n\t ").Append(signature.AsSpan(at, Math.Min(LineLength - 10, signature.Length - at)));
        }

        return value.Insert(0, "DKIM-Signature:").Append("\r\n").ToString();
    }
}
