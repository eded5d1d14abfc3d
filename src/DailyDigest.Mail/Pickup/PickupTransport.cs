using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Mime;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using MimeKit;

namespace DailyDigest.Mail.Pickup;

/// <summary>
/// Writes each message as a file into the pickup folder, whole or not at all: it writes a temporary file in the same folder and renames
/// it. The file's name is the Message-ID, so that a message that is sent again replaces its first copy. Only the owner of the process can
/// read folder and files: they hold readers' addresses and links.
/// </summary>
internal sealed class PickupTransport(
    MailOptions options, Publication publication, MailSigner? signer = null, UnsubscribeTokens? unsubscribeTokens = null) : IMailTransport
{
    private readonly Messages messages = new(options, publication, signer, unsubscribeTokens);

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
            EmailAddress recipient, string messageId, Func<MailboxAddress, EncodedMail> build, CancellationToken cancellationToken)
        {
            var message = build(Messages.Recipient(recipient));
            var file = Path.Combine(folder, FileName(messageId));
            var temporary = file + ".tmp";
            try
            {
                OwnerOnly.CreateFolder(folder);
                await using (var stream = OwnerOnly.Create(temporary))
                {
                    await message.WriteToAsync(stream, cancellationToken);
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

        /// <summary>
        /// The Message-ID, with characters replaced that a file system may refuse, and cut to a length that every file system takes.
        /// </summary>
        private static string FileName(string messageId)
        {
            var name = string.Concat(messageId.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@' ? c : '_'))
                .TrimStart('.');
            return (name.Length > 150 ? name[..150] : name) + ".eml";
        }

        /// <summary>The trouble without the file's name: equal troubles of different messages count as one.</summary>
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
                // The file stays with its .tmp name, which no reader of the folder takes.
            }
        }
    }
}
