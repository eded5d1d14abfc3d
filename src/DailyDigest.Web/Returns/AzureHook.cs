using System.Text.Json;
using DailyDigest.Returns;
using DailyDigest.Runs;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// Azure Communication Services, by Azure Event Grid: events of the Event Grid schema and of CloudEvents 1.0. Event Grid signs nothing; the
/// secret in the URL is the proof. An event has no envelope: it is matched by Message-ID, else by recipient and time.
/// </summary>
internal sealed class AzureHook(ProviderHookOptions options) : IProviderHook
{
    private const string Source = "azure";
    private const string Validation = "Microsoft.EventGrid.SubscriptionValidationEvent";
    private const string Report = "Microsoft.Communication.EmailDeliveryReportReceived";
    private const string Origin = "WebHook-Request-Origin";

    /// <inheritdoc/>
    public string Name => Source;

    /// <inheritdoc/>
    public bool IsOpen => options.AzureSecret.Length > 0;

    /// <inheritdoc/>
    public IReadOnlyList<string> Methods { get; } = [HttpMethods.Post, HttpMethods.Options];

    /// <inheritdoc/>
    public Task<HookReading> ReadAsync(HttpRequest request, byte[] body, CancellationToken cancellationToken) =>
        Task.FromResult(!HookProof.HasSecret(request, options.AzureSecret) ? new HookReading.Refused()
            : HttpMethods.IsOptions(request.Method) ? Allow(request) : Read(body));

    // CloudEvents asks before it sends (HTTP webhooks 1.0.1, 4).
    private static HookReading Allow(HttpRequest request)
    {
        if (request.Headers[Origin] is not [{ Length: <= 253 } origin]
            || !origin.All(one => char.IsAsciiLetterOrDigit(one) || one is '.' or '-'))
        {
            return new HookReading.Unreadable();
        }

        request.HttpContext.Response.Headers["WebHook-Allowed-Origin"] = origin;
        request.HttpContext.Response.Headers["WebHook-Allowed-Rate"] = "*";
        return new HookReading.Handshake();
    }

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
            switch (item.Text("eventType") ?? item.Text("type"))
            {
                case Validation:
                    return item.At("data").Text("validationCode", 200) is { } code
                        ? new HookReading.Handshake(new { validationResponse = code }) : new HookReading.Unreadable();
                case Report when Kind(item.At("data").Text("status")) is var kind:
                    if (kind is not null && item.Text("id") is not null)
                    {
                        events.Add(Event(kind.Value, item, item.At("data")) with { Size = bytes.Length });
                    }
                    else if (item.At("data").Text("status") != "OutForDelivery")
                    {
                        unread++;
                    }

                    break;
                case null:
                    unread++;
                    break;
            }
        }

        return new HookReading.Events(events, unread);
    }

    private static ReturnKind? Kind(string? status) => status switch
    {
        "Delivered" or "Expanded" => ReturnKind.Delivered,
        "Bounced" or "Suppressed" or "Quarantined" or "FilteredSpam" or "Failed" => ReturnKind.Bounced,
        _ => null,
    };

    private static ReturnEvent Event(ReturnKind kind, JsonElement item, JsonElement data)
    {
        var (status, reply) = (data.Text("status"), data.At("deliveryStatusDetails").Beginning("statusMessage", ReplyText.MaxLength));
        var recipient = data.Text("recipient", 400);
        return new ReturnEvent(Source, ProviderEvents.Id(Source, item.Text("id")), kind)
        {
            Candidates = ProviderEvents.Candidates(recipient, [], [data.Text("internetMessageId", 400)]),
            Recipient = recipient,
            At = data.Instant("deliveryAttemptTimestamp") ?? data.Instant("deliveryAttemptTimeStamp") ?? item.Instant("eventTime")
                ?? item.Instant("time"),
            Verdict = kind != ReturnKind.Bounced ? null
                : ProviderEvents.Verdict(null, reply, Class(status), isSoft: status is not ("Bounced" or "Failed")),
            Reply = kind == ReturnKind.Bounced ? ProviderEvents.Reply(reply) : null,
            IsVouched = true,
        };
    }

    // Bounced is what Azure calls a hard bounce: the address or its domain does not exist. Suppressed only says that Azure did not try.
    private static string Class(string? status) => status switch
    {
        "Bounced" => RefusalReasons.NoSuchUser,
        "Quarantined" or "FilteredSpam" => "content-refused",
        _ => "other",
    };
}
