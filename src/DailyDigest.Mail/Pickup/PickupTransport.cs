using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Mime;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Settings;
using MimeKit;

namespace DailyDigest.Mail.Pickup;

/// <summary>
/// Writes each message as a file into the pickup folder, whole or not at all: a temporary file in the same folder, then a rename. The file
/// is named after the Message-ID, so that a message sent again replaces itself.
/// </summary>
public sealed class PickupTransport(MailOptions options, Publication publication, MailSigner? signer = null) : IMailTransport
{
    private readonly Messages messages = new(options, publication, signer);

    /// <inheritdoc/>
    public IMailSession OpenSession() => new Session(options.PickupFolder, messages);

    private sealed class Session(string folder, Messages messages) : IMailSession
    {
        public Task<SendResult> SendAsync(DigestMail mail, CancellationToken cancellationToken) =>
            WriteAsync(mail.To, mail.MessageId, to => messages.Digest(mail, to), cancellationToken);

        public Task<SendResult> SendAsync(NoticeMail mail, CancellationToken cancellationToken) =>
            WriteAsync(mail.To, mail.MessageId, to => messages.Notice(mail, to), cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private async Task<SendResult> WriteAsync(
            string address, string messageId, Func<MailboxAddress, MimeMessage> build, CancellationToken cancellationToken)
        {
            if (Messages.Recipient(address) is not { } to)
            {
                return new SendResult(SendOutcome.Rejected, "not an address that mail can be sent to", RefusalReasons.NoSuchUser);
            }

            var format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            format.International = Messages.NeedsUtf8(to);
            using var message = build(to);
            var file = Path.Combine(folder, FileName(messageId));
            var temporary = file + ".tmp";
            try
            {
                Directory.CreateDirectory(folder);
                await using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 64 * 1024, useAsync: true))
                {
                    await message.WriteToAsync(format, stream, cancellationToken);
                }

                File.Move(temporary, file, overwrite: true);
                return new SendResult(SendOutcome.Sent, "250 written to the pickup folder");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                TryDelete(temporary);
                return new SendResult(SendOutcome.RelayRefused, $"cannot write to the pickup folder: {Why(e)}");
            }
            catch (OperationCanceledException)
            {
                TryDelete(temporary);
                throw;
            }
        }

        /// <summary>The Message-ID with what a file system may object to replaced; capped, since names are.</summary>
        private static string FileName(string messageId)
        {
            var name = string.Concat(messageId.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@' ? c : '_')).TrimStart('.');
            return (name.Length > 150 ? name[..150] : name) + ".eml";
        }

        /// <summary>Names the trouble without the file: its name would be new in every message.</summary>
        private static string Why(Exception e) => e switch
        {
            UnauthorizedAccessException => "access denied",
            DirectoryNotFoundException => "there is no such folder",
            IOException io when io.Message.Contains("space", StringComparison.OrdinalIgnoreCase) => "the disk is full",
            _ => e.GetType().Name,
        };

        private static void TryDelete(string file)
        {
            try
            {
                File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is left behind with its .tmp name, which no pickup reader takes.
            }
        }
    }
}
