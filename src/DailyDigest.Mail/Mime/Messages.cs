using System.Runtime.CompilerServices;
using System.Text;
using DailyDigest.Digests;
using DailyDigest.Mail.Dkim;
using DailyDigest.Mailing;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using MimeKit;
using MimeKit.Utils;

namespace DailyDigest.Mail.Mime;

/// <summary>Puts the headers around a body. No value can bring a line break or another control character with it.</summary>
internal sealed class Messages
{
    /// <summary>RFC 5322 2.1.1 allows 998 characters, the name included.</summary>
    private const int LongestLine = 900;
    private static readonly ConditionalWeakTable<Variant, Header> Subjects = [];

    // What all messages share is formatted once and cloned: an address or header that stood in two messages would keep the first alive,
    // because MimeKit's lists listen to what they hold.
    private readonly Header fromHeader;
    private readonly Header replyToHeader;
    private readonly Header[] ofDigests;
    private readonly Header dateHeader = new(HeaderId.Date, "");
    private readonly Header messageIdHeader = new(HeaderId.MessageId, "");
    private readonly Header mimeVersion = new(HeaderId.MimeVersion, "1.0");
    private readonly Header listUnsubscribe = new(HeaderId.ListUnsubscribe, "");
    private readonly Header feedbackId = new("Feedback-ID", "");
    private readonly string? unsubscribeAddress;
    private readonly MailSigner? signer;
    private readonly (string Local, string Domain)? bounces;

    public Messages(MailOptions options, Publication publication, MailSigner? signer)
    {
        this.signer = signer;
        var mailbox = MailOptions.ParseMailbox(options.From) ?? new MailboxAddress("", "digest@" + MailHost(publication));
        var name = OneLine(string.IsNullOrWhiteSpace(mailbox.Name) ? publication.Name : mailbox.Name);
        Sender = new MailboxAddress(Encoding.UTF8, name, Ascii(mailbox.Address));
        var replyTo = MailOptions.ParseMailbox(options.ReplyTo) is { } reply
            ? new MailboxAddress(Encoding.UTF8, OneLine(string.IsNullOrWhiteSpace(reply.Name) ? name : reply.Name), Ascii(reply.Address))
            : Sender;
        using var template = new MimeMessage(new HeaderList());
        template.From.Add(Sender);
        template.ReplyTo.Add(replyTo);
        (fromHeader, replyToHeader) = (template.Headers[0], template.Headers[1]);
        ofDigests = [new("List-Id", $"<daily.{OneLine(publication.Domain)}>"), new("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")];
        unsubscribeAddress = MailOptions.ParseMailbox(options.UnsubscribeAddress)?.Address;
        bounces = MailOptions.ParseMailbox(options.Bounces) is { } back && Ascii(back.Address).Split('@') is [var local, var domain] ? (local, domain) : null;
    }

    /// <summary>The envelope sender.</summary>
    public MailboxAddress Sender { get; }

    /// <summary>The envelope sender of a digest: names the delivery if an address for bounces is set, so that what comes back can be told apart.</summary>
    public MailboxAddress SenderOf(DigestMail mail) => bounces is { } back && mail.EnvelopeToken is { } token
        ? new MailboxAddress(Encoding.UTF8, null, $"{back.Local}+{token}@{back.Domain}")
        : Sender;

    /// <summary>The digest: list headers of RFC 2919, 2369 and 8058, and Feedback-ID for the relay's reports.</summary>
    public MimeMessage Digest(DigestMail mail, MailboxAddress to)
    {
        var body = new SlicedPart(EncodedBody.Of(mail.Variant), mail.UnsubscribeUrl, mail.PreferencesUrl);
        var subject = Subjects.GetValue(mail.Variant, static variant => Subject(variant.Subject));
        var message = Message(to, subject.Clone(), mail.Variant.Language, mail.MessageId, mail.Date, body);
        foreach (var header in ofDigests)
        {
            message.Headers.Add(header.Clone());
        }

        message.Headers.Add(Plain(listUnsubscribe, unsubscribeAddress is null
            ? $"<{Link(mail.UnsubscribeUrl)}>"
            : $"<{Link(mail.UnsubscribeUrl)}>,\r\n <mailto:{unsubscribeAddress}?subject=unsubscribe>"));
        message.Headers.Add(Plain(feedbackId, OneLine(mail.FeedbackId)));
        signer?.Sign(message, body, NeedsUtf8(to));
        return message;
    }

    /// <summary>A service mail: no list headers, and marked as sent by a machine (RFC 3834), so that nobody's holiday answers it.</summary>
    public MimeMessage Notice(NoticeMail mail, MailboxAddress to)
    {
        var body = new SlicedPart(EncodedBody.Parse(EncodedBody.Encode(mail.Text, mail.Html, [])), "", "");
        var message = Message(to, Subject(mail.Subject), mail.Language, mail.MessageId, mail.Date, body);
        message.Headers.Add("Auto-Submitted", "auto-generated");
        signer?.Sign(message, body, NeedsUtf8(to));
        return message;
    }

    /// <summary>The recipient with the domain in ASCII; null when it is no address that mail can go to.</summary>
    public static MailboxAddress? Recipient(string address)
    {
        if (address.Length > 320 || address.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is '<' or '>' or ','))
        {
            return null;
        }

        var at = address.LastIndexOf('@');
        if (at < 1 || at == address.Length - 1)
        {
            return null;
        }

        var ascii = Ascii(address);
        return ascii.AsSpan(ascii.LastIndexOf('@') + 1).ContainsAnyExceptInRange('!', '~')
            ? null
            : new MailboxAddress(Encoding.UTF8, null, ascii);
    }

    /// <summary>True if the address needs SMTPUTF8 (RFC 6531): its local part is not ASCII.</summary>
    public static bool NeedsUtf8(MailboxAddress mailbox) => !System.Text.Ascii.IsValid(mailbox.LocalPart);

    private MimeMessage Message(MailboxAddress to, Header subject, string language, string messageId, DateTimeOffset date, MimeEntity body)
    {
        // A list of headers leaves out MimeKit's own defaults, whose Date is the machine's clock.
        var message = new MimeMessage([fromHeader.Clone()]);
        message.To.Add(to);
        message.Headers.Add(replyToHeader.Clone());
        message.Headers.Add(subject);
        message.Headers.Add(Plain(dateHeader, DateUtils.FormatDate(date)));
        message.Headers.Add(Plain(messageIdHeader, $"<{OneLine(messageId)}>"));
        message.Headers.Add(mimeVersion.Clone());
        message.Body = body;
        body.Headers.Add("Content-Language", OneLine(language)); // MimeKit writes Content headers from the body only.
        return message;
    }

    /// <summary>The header with a value that is written as it stands; MimeKit's formatting reads each character and folds. Long or not ASCII: as MimeKit has it.</summary>
    private static Header Plain(Header name, string value)
    {
        var header = name.Clone();
        if (value.Length < LongestLine && System.Text.Ascii.IsValid(value))
        {
            header.SetRawValue(Encoding.ASCII.GetBytes($" {value}\r\n"));
        }
        else
        {
            header.Value = value.Replace("\r\n", "", StringComparison.Ordinal);
        }

        return header;
    }

    private static Header Subject(string subject) => new(Encoding.UTF8, HeaderId.Subject, OneLine(subject));

    /// <summary>The address with its domain in ASCII, if it has such a form.</summary>
    public static string Ascii(string address)
    {
        try
        {
            return MailboxAddress.EncodeAddrspec(address);
        }
        catch (ArgumentException)
        {
            return address;
        }
    }

    private static string MailHost(Publication publication) => publication.Domain.Contains('.') ? publication.Domain : publication.Domain + ".localdomain";

    private static string OneLine(string value) =>
        value.Any(char.IsControl) ? string.Concat(value.Select(c => char.IsControl(c) ? ' ' : c)).Trim() : value;

    private static string Link(string url) => string.Concat(OneLine(url).Where(c => c is > ' ' and not ('<' or '>')));
}
