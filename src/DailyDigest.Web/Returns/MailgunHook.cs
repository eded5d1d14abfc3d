using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DailyDigest.Calendar;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// Mailgun's webhooks: HMAC-SHA256 of timestamp and token, which do not cover the event. So a token is good for one body: the same body may
/// come again, and another one with a token that was used is refused.
/// </summary>
internal sealed class MailgunHook(ProviderHookOptions options, ITableStore tables, TimeProvider time) : IProviderHook
{
    private const string Source = "mailgun";

    /// <inheritdoc/>
    public string Name => Source;

    /// <inheritdoc/>
    public bool IsOpen => options.MailgunKey.Length > 0;

    /// <inheritdoc/>
    public IReadOnlyList<string> Methods { get; } = [HttpMethods.Post];

    /// <inheritdoc/>
    public async Task<HookReading> ReadAsync(HttpRequest request, byte[] body, CancellationToken cancellationToken)
    {
        using var json = HookJson.Parse(body);
        var signature = json?.RootElement.At("signature") ?? default;
        if (signature.Id("timestamp") is not { } timestamp || signature.Text("token", 200) is not { } token
            || signature.Unix("timestamp") is not { } signed || !HookProof.IsCurrent(signed, time.GetUtcNow())
            || !IsSigned(timestamp, token, signature.Text("signature", 200)))
        {
            return new HookReading.Refused();
        }

        var item = json!.RootElement.At("event-data");
        if (!await UseAsync(token, signed, item, cancellationToken))
        {
            return new HookReading.Refused();
        }

        return Event(item, token) is { } one ? new HookReading.Events([one with { Size = body.Length }], 0)
            : new HookReading.Events([], IsOther(item.Text("event")) ? 0 : 1);
    }

    private bool IsSigned(string timestamp, string token, string? signature)
    {
        var expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(options.MailgunKey.Trim()), Encoding.UTF8.GetBytes(timestamp + token));
        return CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Convert.ToHexStringLower(expected)),
            Encoding.UTF8.GetBytes(signature?.ToLowerInvariant() ?? ""));
    }

    /// <summary>False if the token was used for another event. The row is deleted after tokens of its day are too old.</summary>
    private async Task<bool> UseAsync(string token, DateTimeOffset signed, JsonElement item, CancellationToken cancellationToken)
    {
        var hash = item.ValueKind == JsonValueKind.Undefined ? "none"
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(item.GetRawText())).AsSpan(0, 16));
        var (hour, used) = (LocalDates.UtcHourText(signed), new TableRow($"mailgun-{ProviderEvents.Id(token)}") { { "for", hash } });
        return (await tables.WriteAsync(Tables.UsedChecks, hour, TableWrite.Insert(used), cancellationToken)).IsDone
            || (await tables.GetAsync(Tables.UsedChecks, hour, used.Key, cancellationToken))?.Text("for") == hash;
    }

    private static bool IsOther(string? type) => type is "accepted" or "opened" or "clicked" or "stored"
        or "list_member_uploaded" or "list_member_upload_error" or "list_uploaded";

    private static ReturnEvent? Event(JsonElement item, string token)
    {
        ReturnKind? kind = item.Text("event") switch
        {
            "delivered" => ReturnKind.Delivered,
            "failed" => item.Text("severity") == "temporary" ? ReturnKind.Delayed : ReturnKind.Bounced,
            "rejected" => ReturnKind.Bounced,
            "complained" => ReturnKind.Complained,
            "unsubscribed" => ReturnKind.Unsubscribe,
            _ => null,
        };
        if (kind is null)
        {
            return null;
        }

        var (recipient, status) = (item.Text("recipient", 400), item.At("delivery-status"));
        var reply = Reply(status) ?? item.At("reject").Beginning("reason", ReplyText.MaxLength);
        var id = ProviderEvents.Id(Source, item.Text("id") ?? token, item.Text("event"), item.Id("timestamp"));
        return new ReturnEvent(Source, id, kind.Value)
        {
            Candidates = ProviderEvents.Candidates(
                recipient, [item.At("envelope").Text("sender", 400)], [item.At("message").At("headers").Text("message-id", 400)]),
            Recipient = recipient,
            At = item.Unix("timestamp"),
            Verdict = kind == ReturnKind.Bounced ? Verdict(item, status, reply) : null,
            Reply = ProviderEvents.Reply(reply),
            IsVouched = true,
        };
    }

    // Code, then the text: as the receiving server said it.
    private static string? Reply(JsonElement status) =>
        (status.Beginning("message", ReplyText.MaxLength) ?? status.Beginning("description", ReplyText.MaxLength)) is not { } text ? null
        : status.Id("code") is { Length: 3 } code && !text.StartsWith(code, StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"{code} {text}") : text;

    // A suppress-... reason says that Mailgun did not try, because of an earlier bounce, complaint or request.
    private static Verdict Verdict(JsonElement item, JsonElement status, string? reply) => item.Text("reason") switch
    {
        { } reason when reason.StartsWith("suppress", StringComparison.Ordinal) => new Verdict("other"),
        _ when item.Text("event") == "rejected" => new Verdict("other"),
        var reason => ProviderEvents.Verdict(
            status.Text("enhanced-code"), reply, Class(reason), isSoft: status.Text("bounce-type") == "soft"),
    };

    private static string Class(string? reason) => reason switch
    {
        "espblock" => "policy",
        "old" or "greylisted" => RefusalReasons.Temporary,
        _ => "other",
    };
}
