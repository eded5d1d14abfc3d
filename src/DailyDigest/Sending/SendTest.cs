using System.Globalization;
using DailyDigest.Digests;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Settings;

namespace DailyDigest.Sending;

/// <summary>Sends a preview to one address through the real transport. Its personal links lead to the front page.</summary>
public sealed class SendTest(IMailTransport transport, PreviewDigest preview, Publication publication, TimeProvider time)
{
    /// <summary>Sends the mail with <c>[test]</c> before its subject, and returns the relay's answer.</summary>
    public async Task<SendResult> ExecuteAsync(EmailAddress to, Variant variant, CancellationToken cancellationToken)
    {
        await using var session = transport.OpenSession();
        return await session.SendAsync(
            new DigestMail(
                to,
                variant with { Subject = "[test] " + variant.Subject },
                string.Create(CultureInfo.InvariantCulture, $"test.{Guid.NewGuid():n}@{publication.Domain}"),
                "test:preview:digest",
                preview.HarmlessLink,
                preview.HarmlessLink,
                time.GetUtcNow()),
            cancellationToken);
    }
}
