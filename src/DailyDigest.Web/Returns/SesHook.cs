using System.Text;
using System.Text.Json;
using DailyDigest.Returns;
using DailyDigest.Runs;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Web;

/// <summary>
/// Amazon SES, by a topic of Amazon SNS. Both of its forms are read: notifications of an identity (<c>notificationType</c>) and published
/// events of a configuration set (<c>eventType</c>). SES replaces the Message-ID of a mail; the event has the original one, if its headers
/// are included, and always the envelope sender.
/// </summary>
internal sealed partial class SesHook(
    ProviderHookOptions options, SnsSignatures signatures, IProviderPages pages, ILogger<SesHook> logger) : IProviderHook
{
    private const string Source = "ses";
    private const int MaxRecipients = 50;
    private const int MaxHeaders = 200;

    private readonly SnsTopic? topic = SnsTopic.Parse(options.SesTopic);

    /// <inheritdoc/>
    public string Name => Source;

    /// <inheritdoc/>
    public bool IsOpen => topic is not null;

    /// <inheritdoc/>
    public IReadOnlyList<string> Methods { get; } = [HttpMethods.Post];

    /// <inheritdoc/>
    public async Task<HookReading> ReadAsync(HttpRequest request, byte[] body, CancellationToken cancellationToken)
    {
        using var json = HookJson.Parse(body);
        if (json is null)
        {
            return new HookReading.Refused();
        }

        var message = json.RootElement;
        switch (await signatures.CheckAsync(message, topic!, cancellationToken))
        {
            case SnsCheck.Unavailable:
                Log.NoCertificate(logger, topic!.Host);
                return new HookReading.Unavailable();
            case SnsCheck.Wrong:
                return new HookReading.Refused();
        }

        switch (message.Text("Type"))
        {
            case "Notification":
                return Events(Encoding.UTF8.GetBytes(message.Text("Message", ProviderHooks.MaxBytes)!));
            case "SubscriptionConfirmation":
                return await ConfirmAsync(message, cancellationToken);
            default:
                // The answer of SNS to an unsubscribe call.
                Log.Ended(logger);
                return new HookReading.Handshake();
        }
    }

    private async Task<HookReading> ConfirmAsync(JsonElement message, CancellationToken cancellationToken)
    {
        if (message.Text("SubscribeURL") is not { } url || !SnsSignatures.IsConfirmation(url, topic!))
        {
            return new HookReading.Refused();
        }

        var page = await pages.GetAsync(url, cancellationToken);
        if (page.Status != 200)
        {
            Log.NotConfirmed(logger, page.Status ?? 0);
            return new HookReading.Unavailable();
        }

        Log.Confirmed(logger);
        return new HookReading.Handshake();
    }

    private static HookReading.Events Events(byte[] message)
    {
        // SES also sends a plain text when a topic is connected.
        using var json = HookJson.Parse(message);
        var type = json?.RootElement.Text("notificationType") ?? json?.RootElement.Text("eventType");
        return type is null ? new HookReading.Events([], 0)
            : Event(type, json!.RootElement) is { } one ? new HookReading.Events([one with { Size = message.Length }], 0)
            : new HookReading.Events([], type is "Bounce" or "Complaint" ? 1 : 0);
    }

    private static ReturnEvent? Event(string type, JsonElement root)
    {
        var mail = root.At("mail");
        var report = root.At(type switch { "DeliveryDelay" => "deliveryDelay", _ => type.ToLowerInvariant() });
        if (mail.ValueKind != JsonValueKind.Object || report.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return type switch
        {
            "Bounce" => Bounce(report, mail),
            "Complaint" => Complaint(report, mail),
            "Delivery" => Of(ReturnKind.Delivered, type, report, mail) with { Reply = ProviderEvents.Reply(report.Text("smtpResponse")) },
            "DeliveryDelay" => Of(ReturnKind.Delayed, type, report, mail),
            "Reject" => Of(ReturnKind.Bounced, type, report, mail) with { Verdict = new Verdict("content-refused") },
            _ => null,
        };
    }

    private static ReturnEvent Bounce(JsonElement bounce, JsonElement mail)
    {
        var (type, subType) = (bounce.Text("bounceType"), bounce.Text("bounceSubType"));
        var recipients = bounce.At("bouncedRecipients").Items().Take(MaxRecipients).ToList();
        var isSilent = recipients.All(one => one.Text("diagnosticCode") is null && one.Text("status") is null);

        // The answer of somebody on vacation has this class too.
        if (type == "Transient" && subType is null or "General" && isSilent)
        {
            return Of(ReturnKind.AutoReply, "Bounce", bounce, mail);
        }

        // A report about several recipients says nothing certain about one of them: a soft verdict counts.
        var verdicts = recipients.DefaultIfEmpty().Select(one => ProviderEvents.Verdict(
            one.Text("status"), one.Text("diagnosticCode"), Class(type, subType), isSoft: type != "Permanent"));
        return Of(ReturnKind.Bounced, "Bounce", bounce, mail) with
        {
            Verdict = IsListed(subType) ? new Verdict("other") : verdicts.OrderBy(one => one.IsPermanent).First(),
            Reply = ProviderEvents.Reply(recipients.Select(one => one.Text("diagnosticCode")).OfType<string>().FirstOrDefault()),
        };
    }

    private static ReturnEvent? Complaint(JsonElement complaint, JsonElement mail) => complaint.Text("complaintFeedbackType") switch
    {
        "not-spam" or "auth-failure" => Of(ReturnKind.AutoReply, "Complaint", complaint, mail),

        // The mail was not sent, because of a complaint about any mail of the account.
        _ when IsListed(complaint.Text("complaintSubType")) =>
            Of(ReturnKind.Bounced, "Complaint", complaint, mail) with { Verdict = new Verdict("other") },
        _ => Of(ReturnKind.Complained, "Complaint", complaint, mail),
    };

    // SES did not try: the address is on a list of SES, for a reason that may lie in other people's mail.
    private static bool IsListed(string? subType) => subType is "Suppressed" or "OnAccountSuppressionList" or "UnsubscribedRecipient";

    private static string Class(string? type, string? subType) => (type, subType) switch
    {
        ("Permanent", "NoEmail") => RefusalReasons.NoSuchUser,
        (_, "MailboxFull") => "mailbox-full",
        (_, "MessageTooLarge") => "too-big",
        (_, "ContentRejected" or "AttachmentRejected") => "content-refused",
        (_, "CustomTimeoutExceeded") => "relay-trouble",
        ("Transient", _) => RefusalReasons.Temporary,
        _ => "other",
    };

    private static ReturnEvent Of(ReturnKind kind, string type, JsonElement report, JsonElement mail)
    {
        var destinations = mail.At("destination").Items().Take(2).Select(one => one.AsText(400)).ToList();
        var recipient = destinations is [{ } only] ? only : null;
        var headers = mail.At("headers").Items().Take(MaxHeaders)
            .Where(one => string.Equals(one.Text("name", 40), "Message-ID", StringComparison.OrdinalIgnoreCase))
            .Select(one => one.Text("value", 400));
        var at = report.Instant("timestamp");
        return new ReturnEvent(
            Source, ProviderEvents.Id(Source, type, report.Text("feedbackId") ?? $"{mail.Text("messageId")} {at?.Ticks}"), kind)
        {
            Candidates = ProviderEvents.Candidates(
                recipient, [mail.Text("source", 400)], [mail.At("commonHeaders").Text("messageId", 400), .. headers]),
            Recipient = recipient,
            At = at,
            IsVouched = true,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(882, LogLevel.Warning,
            "The certificate of Amazon SNS could not be fetched from {Host}; answered 503, and SNS sends the message again")]
        public static partial void NoCertificate(ILogger logger, string host);

        [LoggerMessage(883, LogLevel.Warning,
            "The subscription of Returns__Hooks__SesTopic could not be confirmed (status {Status}, 0 for no answer); answered 503, and SNS "
            + "asks again")]
        public static partial void NotConfirmed(ILogger logger, int status);

        [LoggerMessage(884, LogLevel.Information, "The subscription of Returns__Hooks__SesTopic is confirmed; events of Amazon SES arrive")]
        public static partial void Confirmed(ILogger logger);

        [LoggerMessage(885, LogLevel.Warning,
            "The subscription of Returns__Hooks__SesTopic has ended: no event of Amazon SES arrives any more. Subscribe /hooks/ses again")]
        public static partial void Ended(ILogger logger);
    }
}
