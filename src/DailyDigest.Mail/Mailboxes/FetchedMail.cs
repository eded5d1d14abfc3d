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
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            for (var left = ReturnReader.FirstBytes; left > 0;)
            {
                var read = message.Read(buffer, 0, Math.Min(left, buffer.Length));
                if (read == 0)
                {
                    break;
                }

                hash.AppendData(buffer, 0, read);
                left -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
