using System.Text.Json;
using System.Text.RegularExpressions;
using DailyDigest.Returns;
using DailyDigest.Runs;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// Postmark's webhooks, one event a request. Postmark signs nothing; the secret in the URL or in the login is the proof. Its events have an
/// id of Postmark in place of the Message-ID: they are matched by the Message-ID in a returned copy, else by recipient and time.
/// </summary>
internal sealed partial class PostmarkHook(ProviderHookOptions options) : IProviderHook
{
    private const string Source = "postmark";
    private const int MaxIds = 4;

    /// <inheritdoc/>
    public string Name => Source;

    /// <inheritdoc/>
    public bool IsOpen => options.PostmarkSecret.Length > 0;

    /// <inheritdoc/>
    public IReadOnlyList<string> Methods { get; } = [HttpMethods.Post];

    /// <inheritdoc/>
    public Task<HookReading> ReadAsync(HttpRequest request, byte[] body, CancellationToken cancellationToken) =>
        Task.FromResult(HookProof.HasSecret(request, options.PostmarkSecret) ? Read(body) : new HookReading.Refused());

    private static HookReading Read(byte[] body)
    {
        using var json = HookJson.Parse(body);
        if (json?.RootElement is not { ValueKind: JsonValueKind.Object } item)
        {
            return new HookReading.Unreadable();
        }

        var type = item.Text("RecordType");
        return Event(type, item) is { } one ? new HookReading.Events([one with { Size = body.Length }], 0)
            : new HookReading.Events([], type is "Open" or "Click" or "Inbound" or "SubscriptionChange" or "Bounce" ? 0 : 1);
    }

    private static ReturnEvent? Event(string? type, JsonElement item) => type switch
    {
        "Delivery" => Of(ReturnKind.Delivered, item, "Recipient", "DeliveredAt"),
        "SpamComplaint" => Of(ReturnKind.Complained, item, "Email", "BouncedAt"),
        "SubscriptionChange" => Change(item),
        "Bounce" => Bounce(item),
        _ => null,
    };

    // Null for what is no return, such as a new subscription.
    private static ReturnEvent? Bounce(JsonElement item)
    {
        var (kind, reason) = item.Text("Type") switch
        {
            "HardBounce" or "BadEmailAddress" => (ReturnKind.Bounced, RefusalReasons.NoSuchUser),
            "SoftBounce" or "DnsError" => (ReturnKind.Bounced, RefusalReasons.Temporary),
            "SpamNotification" or "VirusNotification" => (ReturnKind.Bounced, "content-refused"),
            "Blocked" or "DMARCPolicy" => (ReturnKind.Bounced, "policy"),
            "SMTPApiError" => (ReturnKind.Bounced, "relay-trouble"),
            "Transient" => (ReturnKind.Delayed, "other"),
            "Unsubscribe" => (ReturnKind.Unsubscribe, "other"),
            "AutoResponder" or "AddressChange" => (ReturnKind.AutoReply, "other"),
            "ChallengeVerification" => (ReturnKind.Challenge, "other"),
            "SpamComplaint" => (ReturnKind.Complained, "other"),
            "Subscribe" or "InboundError" or "TemplateRenderingFailed" => (ReturnKind.Other, "other"),
            _ => (ReturnKind.Bounced, "other"),
        };
        if (kind == ReturnKind.Other)
        {
            return null;
        }

        var reply = item.Beginning("Details", ReplyText.MaxLength);
        var one = Of(kind, item, "Email", "BouncedAt");
        return kind != ReturnKind.Bounced ? one : one with
        {
            Verdict = ProviderEvents.Verdict(
                null, reply, reason, isSoft: item.Text("Type") is not ("HardBounce" or "BadEmailAddress" or "Unknown")),
            Reply = ProviderEvents.Reply(reply),
        };
    }

    // Postmark will send nothing more to the address. A hard bounce has an event of its own, with the words of the server.
    private static ReturnEvent? Change(JsonElement item) =>
        item.At("SuppressSending").ValueKind != JsonValueKind.True ? null : item.Text("SuppressionReason") switch
        {
            "SpamComplaint" => Of(ReturnKind.Complained, item, "Recipient", "ChangedAt"),
            "ManualSuppression" when item.Text("Origin") == "Recipient" => Of(ReturnKind.Unsubscribe, item, "Recipient", "ChangedAt"),
            _ => null,
        };

    private static ReturnEvent Of(ReturnKind kind, JsonElement item, string recipientName, string timeName)
    {
        var (recipient, at) = (item.Text(recipientName, 400), item.Instant(timeName));
        var id = item.Id("ID") ?? $"{item.Text("MessageID")} {recipient} {at?.Ticks}";
        return new ReturnEvent(Source, ProviderEvents.Id(Source, item.Text("RecordType"), id), kind)
        {
            Candidates = ProviderEvents.Candidates(recipient, [], MessageIds(item.Beginning("Content", ProviderHooks.MaxBytes))),
            Recipient = recipient,
            At = at,
            IsVouched = true,
        };
    }

    private static IEnumerable<string?> MessageIds(string? content) =>
        content is null ? [] : MessageId().Matches(content).Take(MaxIds).Select(match => match.Groups[1].Value);

    [GeneratedRegex(
        @"^(?:x-original-)?message-id:[ \t]*<([!-;=?-~]{3,300})>",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex MessageId();
}
