using DailyDigest.Mail.Mime;
using MailKit.Net.Smtp;
using MimeKit;
using MimeKit.IO;

namespace DailyDigest.Mail.Smtp;

/// <summary>MailKit's client for messages whose body is encoded already: it neither prepares nor measures it again.</summary>
internal sealed class RelayClient : SmtpClient
{
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

        using var measure = new MeasuringStream();
        await message.WriteToAsync(options, measure, headersOnly: true, cancellationToken);
        return measure.Length + part.Length;
    }
}
