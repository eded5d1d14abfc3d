using System.Text;
using DailyDigest.Digests;
using DailyDigest.Mail.Mime;
using DailyDigest.Mail.Returns;
using DailyDigest.Mailing;
using DailyDigest.Settings;
using MimeKit;

namespace DailyDigest.Mail.Dkim;

/// <summary>A DKIM signature of a mail, as it stands there. It is not verified.</summary>
/// <param name="Domain">The domain that signs (<c>d=</c>), in lower case.</param>
/// <param name="Names">The signed headers (<c>h=</c>), in lower case.</param>
public sealed record MailSignature(string Domain, IReadOnlySet<string> Names);

/// <summary>The headers of a mail, and which of them its signatures cover.</summary>
/// <param name="FromDomain">The domain of From, in lower case; empty if it cannot be read.</param>
/// <param name="Headers">The names of its headers, in lower case.</param>
/// <param name="Signatures">Its DKIM signatures.</param>
public sealed record SignedMail(string FromDomain, IReadOnlySet<string> Headers, IReadOnlyList<MailSignature> Signatures)
{
    private const int MaxBytes = 1024 * 1024;
    private const int MaxSignatures = 20;

    /// <summary>Reads the headers of a mail, at most 1 MiB of it. Never throws for its bytes.</summary>
    /// <exception cref="IOException">The stream broke.</exception>
    public static SignedMail Read(Stream mail)
    {
        using var limited = new LimitedStream(mail, MaxBytes);
        HeaderList headers;
        try
        {
            headers = new MimeParser(limited, MimeFormat.Entity).ParseHeaders();
        }
        catch (FormatException)
        {
            headers = [];
        }

        var from = headers[HeaderId.From] is { } text && InternetAddressList.TryParse(text, out var list)
            ? list.Mailboxes.FirstOrDefault()?.Domain ?? "" : "";
        return new SignedMail(
            from.ToLowerInvariant(),
            headers.Select(header => header.Field.ToLowerInvariant()).ToHashSet(StringComparer.Ordinal),
            [
                .. headers.Where(header => header.Id == HeaderId.DkimSignature).Take(MaxSignatures)
                    .Select(header => Signature(header.Value)),
            ]);
    }

    /// <summary>A digest as this program signs it, to nobody.</summary>
    public static SignedMail OfDigest(MailOptions options, Publication publication, MailSigner signer)
    {
        const string Link = "https://example.com/";
        var variant = new Variant
        {
            Language = "en",
            Sections = [],
            Subject = "Test",
            Html = "",
            Text = "",
            Body = Encoding.ASCII.GetBytes("Content-Type: text/plain\r\n\r\nTest\r\n"),
        };
        var to = MailOptions.ParseMailbox("reader@example.com")!;
        var mail = new DigestMail(
            EmailAddress.TryParse(to.Address, out var address) ? address : throw new InvalidOperationException("Not an address."), variant,
            "test@example.com", "test:preview:digest", Link, Link, DateTimeOffset.UnixEpoch,
            new string('a', Subscribers.EnvelopeTokens.Length));
        using var head = new MemoryStream(new Messages(options, publication, signer).Digest(mail, to).Head);
        return Read(head);
    }

    /// <summary>The signatures whose domain is that of From, or its parent or child.</summary>
    public IEnumerable<MailSignature> Aligned => Signatures.Where(one => FromDomain.Length > 0
        && (one.Domain == FromDomain || FromDomain.EndsWith("." + one.Domain, StringComparison.Ordinal)
            || one.Domain.EndsWith("." + FromDomain, StringComparison.Ordinal)));

    private static MailSignature Signature(string value)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in value.Split(';').Select(tag => tag.Split('=', 2)).Where(tag => tag.Length == 2))
        {
            tags[tag[0].Trim()] = string.Concat(tag[1].Where(c => !char.IsWhiteSpace(c))).ToLowerInvariant();
        }

        return new MailSignature(
            tags.GetValueOrDefault("d", ""), tags.GetValueOrDefault("h", "").Split(':').ToHashSet(StringComparer.Ordinal));
    }
}
