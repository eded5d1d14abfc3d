using DailyDigest.Mail.Mime;
using MailKit.Net.Smtp;
using MimeKit;
using MimeKit.IO;

namespace DailyDigest.Mail.Smtp;

/// <summary>MailKit's client for messages whose body is encoded already: it neither prepares nor measures it again.</summary>
internal sealed class RelayClient : SmtpClient
{
    /// <summary>True once the relay has taken the sender of the message that is sent; the caller unsets it before each.</summary>
    public bool SenderTaken { get; set; }

    /// <inheritdoc/>
    protected override void OnSenderAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) => SenderTaken = true;

    /// <summary>The body is 7-bit by construction, and its headers are ours.</summary>
    protected override void Prepare(FormatOptions options, MimeMessage message, EncodingConstraint constraint, int maxLineLength)
    {
    }

    /// <inheritdoc/>
    protected override async Task<long> GetSizeAsync(FormatOptions options, MimeMessage message, CancellationToken cancellationToken)
    {
        if (message.Body is not SlicedPart part)
        {
            return await base.GetSizeAsync(options, message, cancellationToken);
        }

        if (options.International)
        {
            using var measure = new MeasuringStream();
            await message.WriteToAsync(options, measure, headersOnly: true, cancellationToken);
            return measure.Length + part.Length;
        }

        // As they stand they are written: to count is quicker than to write them twice.
        var length = part.Length + 2;
        foreach (var header in message.Headers.Concat(part.Headers))
        {
            length += header.RawField.Length + 1 + header.RawValue.Length;
            for (var i = 0; i < header.RawValue.Length; i++)
            {
                length += header.RawValue[i] == '\n' && (i == 0 || header.RawValue[i - 1] != '\r') ? 1 : 0;
            }
        }

        return length;
    }
}
