using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DailyDigest.Returns;
using DailyDigest.Runs;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// SendGrid's signed event webhook: ECDSA over P-256 and SHA-256, of the timestamp's header and the body. A body is an array of events.
/// <c>smtp-id</c> is the Message-ID of the mail as we sent it.
/// </summary>
internal sealed class SendGridHook(ProviderHookOptions options, TimeProvider time) : IProviderHook
{
    private const string Source = "sendgrid";
    private const string Signature = "X-Twilio-Email-Event-Webhook-Signature";
    private const string Timestamp = "X-Twilio-Email-Event-Webhook-Timestamp";

    /// <inheritdoc/>
    public string Name => Source;

    /// <inheritdoc/>
    public bool IsOpen => options.SendGridKey.Length > 0;

    /// <inheritdoc/>
    public IReadOnlyList<string> Methods { get; } = [HttpMethods.Post];

    /// <summary>Reads a verification key: a P-256 public key in base64.</summary>
    /// <exception cref="FormatException">It is no base64.</exception>
    /// <exception cref="CryptographicException">It is no such key.</exception>
    public static ECDsa Import(string text)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(text.Trim()), out _);
            return key.KeySize == 256 ? key : throw new CryptographicException("The key is not on P-256.");
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<HookReading> ReadAsync(HttpRequest request, byte[] body, CancellationToken cancellationToken) =>
        Task.FromResult(IsSigned(request, body) ? Read(body) : new HookReading.Refused());

    private bool IsSigned(HttpRequest request, byte[] body)
    {
        if (request.Headers[Timestamp] is not [{ Length: <= 20 } seconds] || !long.TryParse(seconds, out var signed)
            || !HookProof.IsCurrent(Instant(signed), time.GetUtcNow())
            || request.Headers[Signature] is not [{ Length: <= 400 } text] || HookProof.Base64(text) is not { } signature)
        {
            return false;
        }

        using var key = Import(options.SendGridKey);
        byte[] data = [.. Encoding.ASCII.GetBytes(seconds), .. body];
        return key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    private static DateTimeOffset? Instant(long seconds) =>
        seconds is >= 0 and < 32_503_680_000 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    private static HookReading Read(byte[] body)
    {
        if (HookJson.Batch(body) is not { } batch)
        {
            return new HookReading.Unreadable();
        }

        var (events, unread) = (new List<ReturnEvent>(), 0);
        foreach (var bytes in batch)
        {
            using var json = HookJson.Parse(bytes);
            var item = json?.RootElement ?? default;
            if (Event(item) is { } one)
            {
                events.Add(one with { Size = bytes.Length });
            }
            else if (!IsOther(item.Text("event")))
            {
                unread++;
            }
        }

        return new HookReading.Events(events, unread);
    }

    private static bool IsOther(string? type) =>
        type is "processed" or "open" or "click" or "group_resubscribe" or "account_status_change";

    private static ReturnEvent? Event(JsonElement item)
    {
        ReturnKind? kind = item.Text("event") switch
        {
            "bounce" or "dropped" => ReturnKind.Bounced,
            "deferred" => ReturnKind.Delayed,
            "delivered" => ReturnKind.Delivered,
            "spamreport" => ReturnKind.Complained,
            "unsubscribe" or "group_unsubscribe" => ReturnKind.Unsubscribe,
            _ => null,
        };
        if (kind is null || item.Text("sg_event_id") is not { } id)
        {
            return null;
        }

        var recipient = item.Text("email", 400);
        var reply = item.Beginning(kind == ReturnKind.Bounced ? "reason" : "response", ReplyText.MaxLength);
        return new ReturnEvent(Source, ProviderEvents.Id(Source, id), kind.Value)
        {
            Candidates = ProviderEvents.Candidates(recipient, [], [item.Text("smtp-id", 400)]),
            Recipient = recipient,
            At = item.Unix("timestamp"),
            Verdict = kind == ReturnKind.Bounced ? Verdict(item, reply) : null,
            Reply = ProviderEvents.Reply(reply),
            IsVouched = true,
        };
    }

    private static Verdict Verdict(JsonElement item, string? reply) => item.Text("event") == "dropped"
        ? new Verdict(Dropped(reply))
        : ProviderEvents.Verdict(
            item.Text("status"), reply,
            item.Text("type") == "expired" ? RefusalReasons.Temporary : Class(item.Text("bounce_classification")),
            isSoft: item.Text("type") is "blocked" or "expired");

    // SendGrid did not try. Most of its lists do not say that the mailbox is gone: a bounce may have been a full one.
    private static string Dropped(string? reason) => reason switch
    {
        "Invalid" => RefusalReasons.NoSuchUser,
        "Spam Content" => "content-refused",
        "Recipient List over Package Quota" => "relay-trouble",
        _ => "other",
    };

    private static string Class(string? classification) => classification switch
    {
        "Invalid Address" => RefusalReasons.NoSuchUser,
        "Content" => "content-refused",
        "Reputation" or "Frequency or Volume Too High" => "policy",
        "Technical" or "Technical Failure" => "relay-trouble",
        _ => "other",
    };
}
