using System.Text.RegularExpressions;
using DailyDigest.Returns;
using MimeKit.Utils;

namespace DailyDigest.Mail.Returns;

/// <summary>Our addresses to which messages come back.</summary>
/// <param name="Bounces">The envelope sender without a token.</param>
/// <param name="Unsubscribe">The address of the List-Unsubscribe header without a token; null if there is none.</param>
public sealed record ReturnAddresses(string Bounces, string? Unsubscribe = null);

/// <summary>Reads one message of the bounce mailbox. It says what the message claims, and verifies nothing.</summary>
public sealed class ReturnReader(ReturnAddresses addresses)
{
    /// <summary>
    /// Bytes of a message that are read at most, 2 MiB. Reports begin with what matters; the returned message stands at their end.
    /// </summary>
    public const int MaxBytes = 2 * 1024 * 1024;

    /// <summary>
    /// Bytes of a message that are read first, 64 KiB. Nearly all reports say in them what they say; the SHA-256 of these bytes names the
    /// message.
    /// </summary>
    public const int FirstBytes = 64 * 1024;

    /// <summary>Reads the message. Never throws for its bytes, whatever they are; memory and time are bounded.</summary>
    /// <exception cref="IOException">The stream broke.</exception>
    public async Task<ReturnedMail> ReadAsync(Stream message, CancellationToken cancellationToken)
    {
        await using var limited = new LimitedStream(message, MaxBytes);
        var raw = await new ReturnCollector(limited).CollectAsync(cancellationToken);
        raw.IsCut = limited.IsCut;
        try
        {
            return new ReturnClassifier(raw, addresses).Read() with { Arrived = Arrived(raw.Headers.First("Received")) };
        }
        catch (RegexMatchTimeoutException)
        {
            return new ReturnedMail(ReturnKind.Other) { IsCut = true };
        }
    }

    // RFC 5321, 4.4: the date stands after the last semicolon.
    private static DateTimeOffset? Arrived(string received) =>
        DateUtils.TryParse(received[(received.LastIndexOf(';') + 1)..], out var date) ? date.ToUniversalTime() : null;
}
