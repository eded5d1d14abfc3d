using DailyDigest.Mail.Mime;
using MailKit.Net.Smtp;
using MimeKit;
using MimeKit.IO;

namespace DailyDigest.Mail.Smtp;

/// <summary>MailKit's client for messages with an encoded body: it does not prepare or measure the body again.</summary>
internal sealed class RelayClient : SmtpClient
{
    /// <summary>True once the relay has taken the sender of the current message; the caller resets it before each message.</summary>
    public bool SenderTaken { get; set; }

    /// <inheritdoc/>
    protected override void OnSenderAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) => SenderTaken = true;

    /// <summary>Does nothing: the body and its headers are 7-bit already.</summary>
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

        // Headers are written as they are: counting is quicker than writing them twice.
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
