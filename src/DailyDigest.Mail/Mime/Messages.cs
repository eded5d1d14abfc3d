using System.Runtime.CompilerServices;
using System.Text;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Mail.Dkim;
using DailyDigest.Mailing;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using MimeKit;
using MimeKit.Utils;

namespace DailyDigest.Mail.Mime;

/// <summary>Puts headers and a body together. No header value can contain a line break or another control character.</summary>
internal sealed class Messages
{
    /// <summary>RFC 5322 2.1.1 allows 998 characters, the name included.</summary>
    private const int MaxPlainValue = 900;

    private readonly ConditionalWeakTable<Variant, HeadTemplate> plainTemplates = [];
    private readonly ConditionalWeakTable<Variant, HeadTemplate> tokenTemplates = [];

    // Headers that all messages share are formatted once and cloned. A header in two messages would keep the first message alive, because
    // MimeKit's lists subscribe to events of their items.
    private readonly Header listId;
    private readonly Header fromHeader;
    private readonly Header replyToHeader;
    private readonly Header[] digestHeaders;
    private readonly Header dateHeader = new(HeaderId.Date, "");
    private readonly Header messageIdHeader = new(HeaderId.MessageId, "");
    private readonly Header mimeVersion = new(HeaderId.MimeVersion, "1.0");
    private readonly Header listUnsubscribe = new(HeaderId.ListUnsubscribe, "");
    private readonly Header feedbackId = new("Feedback-ID", "");
    private readonly Header complaintId = new("CFBL-Feedback-ID", "");
    private readonly string? feedbackSender;
    private readonly bool takesComplaints;
    private readonly string? unsubscribeAddress;
    private readonly MailSigner? signer;
    private readonly UnsubscribeTokens? unsubscribeTokens;
    private readonly (string Local, string Domain)? bounces;

    /// <summary>Creates the messages of a publication.</summary>
    /// <param name="options">The sender.</param>
    /// <param name="publication">Its name stands in From.</param>
    /// <param name="signer">Signs each message; null for none.</param>
    /// <param name="unsubscribeTokens">For a token in the address of unsubscribe requests; null if nobody reads them for tokens.</param>
    public Messages(
        MailOptions options, Publication publication, MailSigner? signer, UnsubscribeTokens? unsubscribeTokens = null)
    {
        this.signer = signer;
        this.unsubscribeTokens = unsubscribeTokens;
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
        listId = new("List-Id", $"<daily.{OneLine(publication.Domain)}>");
        digestHeaders = [new("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")];
        feedbackSender = FeedbackSender.Of(options, publication);
        takesComplaints = options.Complaints.Length > 0;
        if (takesComplaints)
        {
            digestHeaders = [.. digestHeaders, new("CFBL-Address", $"{OneLine(options.Complaints)}; report=arf")];
        }

        unsubscribeAddress = MailOptions.ParseMailbox(options.UnsubscribeAddress)?.Address;
        bounces = MailOptions.ParseMailbox(options.Bounces) is { } back && Ascii(back.Address).Split('@') is [var local, var domain]
            ? (local, domain)
            : null;
    }

    /// <summary>The envelope sender.</summary>
    public MailboxAddress Sender { get; }

    /// <summary>
    /// The envelope sender of a digest. If an address for bounces is set, it names the delivery, so that a bounce can be attributed.
    /// </summary>
    public MailboxAddress SenderOf(DigestMail mail) => SenderOf(mail.EnvelopeToken);

    /// <summary>The envelope sender of a service mail, in the same way.</summary>
    public MailboxAddress SenderOf(NoticeMail mail) => SenderOf(mail.EnvelopeToken);

    /// <summary>
    /// The digest, with the list headers of RFC 2919, 2369 and 8058, Feedback-ID for reports of Gmail, and CFBL-Address (RFC 9477) for
    /// those of others.
    /// </summary>
    public EncodedMail Digest(DigestMail mail, MailboxAddress to)
    {
        var shared = EncodedBody.Of(mail.Variant);
        var (unsubscribe, token) = (UnsubscribeBy(mail), Token(mail));
        var head = HeadTemplate.IsPlain(to.Address) && IsPlain(mail.MessageId) && CanStand(unsubscribe)
            ? Template(mail, shared, token is not null).Fill(to.Address, mail.MessageId, unsubscribe, token ?? "")
            : WrittenHead(mail, to);
        return Signed(head, new SlicedBody(shared, mail.UnsubscribeUrl, mail.PreferencesUrl), mail.Date);
    }

    /// <summary>
    /// A service mail: without list headers, and marked as automatic (RFC 3834), so that no vacation responder answers it.
    /// </summary>
    public EncodedMail Notice(NoticeMail mail, MailboxAddress to)
    {
        var shared = EncodedBody.Parse(EncodedBody.Encode(mail.Text, mail.Html, []));
        using var message = Message(
            new Header("Auto-Submitted", "auto-generated"), to, Subject(mail.Subject), mail.Language, mail.MessageId, mail.Date,
            shared.ContentType);
        return Signed(Head(message, NeedsUtf8(to)), new SlicedBody(shared, "", ""), mail.Date);
    }

    /// <summary>The headers of a digest as MimeKit writes them, without a template.</summary>
    internal byte[] WrittenHead(DigestMail mail, MailboxAddress to) =>
        DigestHead(mail, EncodedBody.Of(mail.Variant), to, mail.MessageId, UnsubscribeBy(mail), Token(mail));

    private string? Token(DigestMail mail) => takesComplaints ? mail.EnvelopeToken : null;

    private EncodedMail Signed(byte[] head, SlicedBody body, DateTimeOffset date) =>
        new(signer is null ? head : [.. signer.Sign(head, body, date), .. head], body);

    /// <summary>The headers of the variant's mails with gaps; made again if it is sent with another date or for another campaign.</summary>
    private HeadTemplate Template(DigestMail mail, EncodedBody body, bool withToken)
    {
        var templates = withToken ? tokenTemplates : plainTemplates;
        if (!templates.TryGetValue(mail.Variant, out var known) || known.Date != mail.Date || known.Campaign != mail.Campaign)
        {
            var to = new MailboxAddress(Encoding.UTF8, null, HeadTemplate.To);
            known = new HeadTemplate(
                DigestHead(mail, body, to, HeadTemplate.MessageId, HeadTemplate.Unsubscribe, withToken ? HeadTemplate.Token : null),
                mail.Date, mail.Campaign);
            templates.AddOrUpdate(mail.Variant, known);
        }

        return known;
    }

    private byte[] DigestHead(
        DigestMail mail, EncodedBody body, MailboxAddress to, string messageId, string unsubscribe, string? token)
    {
        using var message = Message(
            listId.Clone(), to, Subject(mail.Variant.Subject), mail.Variant.Language, messageId, mail.Date, body.ContentType);
        foreach (var header in digestHeaders)
        {
            message.Headers.Add(header.Clone());
        }

        message.Headers.Add(Plain(listUnsubscribe, unsubscribe));
        if (feedbackSender is not null)
        {
            message.Headers.Add(Plain(feedbackId, $"{OneLine(mail.Campaign)}:{feedbackSender}"));
        }

        if (token is not null)
        {
            message.Headers.Add(Plain(complaintId, token));
        }

        return Head(message, NeedsUtf8(to));
    }

    /// <summary>The headers as they are sent, without the empty line after them.</summary>
    private static byte[] Head(MimeMessage message, bool utf8)
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.International = utf8;
        using var written = new MemoryStream(2048);
        message.WriteTo(format, written, headersOnly: true, CancellationToken.None);
        return written.GetBuffer()[..(int)(written.Length - 2)];
    }

    private MailboxAddress SenderOf(string? token) => bounces is { } back && token is not null
        ? new MailboxAddress(Encoding.UTF8, null, $"{back.Local}+{token}@{back.Domain}")
        : Sender;

    /// <summary>The link, then an address: with a token for a mailbox that is read, otherwise for a person who reads it.</summary>
    private string UnsubscribeBy(DigestMail mail)
    {
        var link = Link(mail.UnsubscribeUrl);
        if (unsubscribeAddress is null)
        {
            return $"<{link}>";
        }

        var at = unsubscribeAddress.LastIndexOf('@');
        return unsubscribeTokens is not null && mail.SubscriberId is { } id
            ? $"<{link}>,\r\n <mailto:{unsubscribeAddress.AsSpan(0, at)}+{unsubscribeTokens.Create(id, mail.Date)}"
                + $"{unsubscribeAddress.AsSpan(at)}?subject=unsubscribe>"
            : $"<{link}>,\r\n <mailto:{unsubscribeAddress}?subject=unsubscribe>";
    }

    /// <summary>The recipient's mailbox, without a display name.</summary>
    public static MailboxAddress Recipient(EmailAddress to) => new(Encoding.UTF8, null, to.Value);

    /// <summary>True if the address needs SMTPUTF8 (RFC 6531): its local part is not ASCII.</summary>
    public static bool NeedsUtf8(MailboxAddress mailbox) => !System.Text.Ascii.IsValid(mailbox.LocalPart);

    /// <summary>A message with headers only.</summary>
    private MimeMessage Message(
        Header first, MailboxAddress to, Header subject, string language, string messageId, DateTimeOffset date, ContentType contentType)
    {
        // With a list of headers MimeKit adds no defaults; its Date would be the machine's clock.
        var message = new MimeMessage([first, fromHeader.Clone()]);
        message.To.Add(to);
        message.Headers.Add(replyToHeader.Clone());
        message.Headers.Add(subject);
        message.Headers.Add(Plain(dateHeader, DateUtils.FormatDate(date)));
        message.Headers.Add(Plain(messageIdHeader, $"<{OneLine(messageId)}>"));
        message.Headers.Add(mimeVersion.Clone());
        message.Body = new MimePart(contentType.Clone());
        message.Body.Headers.Add("Content-Language", OneLine(language)); // MimeKit writes Content headers from the body only.
        return message;
    }

    /// <summary>
    /// The header with a value that is written as it is, because MimeKit's formatting looks at every character. A value that is long or
    /// not ASCII is left to MimeKit, which folds and encodes it.
    /// </summary>
    private static Header Plain(Header name, string value)
    {
        var header = name.Clone();
        if (CanStand(value))
        {
            header.SetRawValue(Encoding.ASCII.GetBytes($" {value}\r\n"));
        }
        else
        {
            header.Value = value.Replace("\r\n", "", StringComparison.Ordinal);
        }

        return header;
    }

    /// <summary>True if the value is written as it is.</summary>
    private static bool CanStand(string value) => value.Length < MaxPlainValue && System.Text.Ascii.IsValid(value);

    private static Header Subject(string subject)
    {
        var header = new Header(Encoding.UTF8, HeaderId.Subject, OneLine(subject));
        if (subject.Contains("=?", StringComparison.Ordinal))
        {
            header.SetRawValue(EncodedWords.Of(OneLine(subject)));
        }

        return header;
    }

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

    private static string MailHost(Publication publication) =>
        publication.Domain.Contains('.') ? publication.Domain : publication.Domain + ".localdomain";

    /// <summary>True for a short text of visible ASCII characters.</summary>
    private static bool IsPlain(string value) => value.Length < MaxPlainValue && !value.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static string OneLine(string value) => ContentText.OneLine(value).Trim();

    private static string Link(string url) => IsPlain(url) && !url.AsSpan().ContainsAny('<', '>')
        ? url : string.Concat(OneLine(url).Where(c => c is > ' ' and not ('<' or '>')));
}
