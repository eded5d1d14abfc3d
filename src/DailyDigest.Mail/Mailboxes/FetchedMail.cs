using System.Buffers;
using System.Security.Cryptography;
using DailyDigest.Mail.Returns;
using DailyDigest.Returns;

namespace DailyDigest.Mail.Mailboxes;

/// <summary>
/// A message, or its beginning, as MailKit keeps it in memory. Most reports return all of our mail, and say what matters before it: so more
/// than the beginning is fetched only if that does not prove whom the message is about.
/// </summary>
/// <param name="Message">The bytes.</param>
/// <param name="Reader">Says what the message claims.</param>
/// <param name="IsMore">True if as much as is ever read was fetched.</param>
internal sealed record FetchedMail(Stream Message, ReturnReader Reader, bool IsMore) : FetchedReturn(Message.Length)
{
    /// <summary>Bytes to fetch.</summary>
    public static int Bytes(bool isMore) => isMore ? ReturnReader.MaxBytes : ReturnReader.FirstBytes;

    /// <inheritdoc/>
    public override async Task<ReceivedReturn?> ReadAsync(CancellationToken cancellationToken)
    {
        await using var message = Message;
        var id = Id(message);
        message.Position = 0;
        var mail = await Reader.ReadAsync(message, cancellationToken);
        return IsMore || Size != ReturnReader.FirstBytes || mail.SaysEnough ? new ReceivedReturn(id, Size, mail) : null;
    }

    /// <summary>The hash of the beginning: however much of the message was fetched, it is the same.</summary>
    private static string Id(Stream message)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReturnReader.FirstBytes);
        try
        {
            var beginning = buffer.AsSpan(0, ReturnReader.FirstBytes);
            var read = message.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
            return Convert.ToHexStringLower(SHA256.HashData(beginning[..read]).AsSpan(0, 16));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
