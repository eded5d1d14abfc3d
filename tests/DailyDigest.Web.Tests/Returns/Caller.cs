using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace DailyDigest.Web.Tests.Returns;

/// <summary>A request as a provider sends it.</summary>
internal sealed record Call(string Provider, string Body)
{
    public string Query { get; init; } = "";

    public string Method { get; init; } = "POST";

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The request with another body, and the proof of the first one.</summary>
    public Call With(string body) => this with { Body = body };
}

/// <summary>The providers, with keys of the test. Each makes requests that its adapter accepts.</summary>
internal static class Caller
{
    public const string Topic = "arn:aws:sns:eu-west-1:123456789012:digest";
    public const string CertificateUrl = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";
    public const string AzureSecret = "5f0c7be1a94d2e83c6b1d07f9e24a8b3";
    public const string PostmarkSecret = "c81d44f6e09a7b2350d1f8e6b47a9c02";
    public const string MailgunKey = "9e1b7d3f5a2c4e6082b4d6f8a0c2e4f6";

    public static readonly string[] Names = ["azure", "mailgun", "postmark", "sendgrid", "ses"];

    private static readonly RSA SnsKey = RSA.Create(2048);
    private static readonly ECDsa SendGridKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static readonly (string Key, string Value)[] Settings =
    [
        ("Returns:Hooks:SesTopic", Topic),
        ("Returns:Hooks:AzureSecret", AzureSecret),
        ("Returns:Hooks:SendGridKey", Convert.ToBase64String(SendGridKey.ExportSubjectPublicKeyInfo())),
        ("Returns:Hooks:MailgunKey", MailgunKey),
        ("Returns:Hooks:PostmarkSecret", PostmarkSecret),
    ];

    /// <summary>The certificate of SNS.</summary>
    public static string SnsCertificate { get; } = Certificate(SnsKey);

    /// <summary>The pages, with every hook open and the certificate of SNS at its place.</summary>
    public static async Task<WebFixture> StartAsync(params (string Key, string Value)[] further)
    {
        var site = await WebFixture.StartAsync(
            null, [.. Settings.Where(one => further.All(other => other.Key != one.Key)), .. further]);
        site.Get<StubPages>().Put(CertificateUrl, 200, SnsCertificate);
        return site;
    }

    /// <summary>A certificate in PEM, valid in 2026.</summary>
    public static string Certificate(RSA key, string name = "sns.amazonaws.com", int year = 2026) =>
        new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(
            new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(year, 12, 31, 0, 0, 0, TimeSpan.Zero))
        .ExportCertificatePem();

    /// <summary>Passes the request to the pipeline.</summary>
    public static Task<WebFixture.Answer> SendAsync(this WebFixture site, Call call, string client = "203.0.113.7") => site.AskAsync(
        call.Method, $"/hooks/{call.Provider}{call.Query}", call.Body, client, "application/json", [.. call.Headers]);

    /// <summary>The events as the provider sends them: those with a batch as one, the others must have one.</summary>
    public static Call Of(string provider, TimeProvider time, params string[] events) => provider switch
    {
        "ses" => Sns(time, Assert.Single(events)),
        "azure" => Azure(events),
        "sendgrid" => SendGrid(time, $"[{string.Join(',', events)}]"),
        "mailgun" => Mailgun(time, Assert.Single(events)),
        _ => Postmark(Assert.Single(events)),
    };

    public static Call Azure(params string[] events) => new("azure", $"[{string.Join(',', events)}]") { Query = $"?secret={AzureSecret}" };

    public static Call Postmark(string item) => new("postmark", item)
    {
        Headers = [("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"postmark:{PostmarkSecret}")))],
    };

    public static Call SendGrid(TimeProvider time, string body, int secondsAgo = 0, ECDsa? key = null)
    {
        var timestamp = (time.GetUtcNow().ToUnixTimeSeconds() - secondsAgo).ToString(CultureInfo.InvariantCulture);
        var signature = (key ?? SendGridKey).SignData(
            Encoding.UTF8.GetBytes(timestamp + body), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return new Call("sendgrid", body)
        {
            Headers =
            [
                ("X-Twilio-Email-Event-Webhook-Timestamp", timestamp),
                ("X-Twilio-Email-Event-Webhook-Signature", Convert.ToBase64String(signature)),
            ],
        };
    }

    public static Call Mailgun(TimeProvider time, string item, int secondsAgo = 0, string key = MailgunKey, string? token = null)
    {
        var timestamp = (time.GetUtcNow().ToUnixTimeSeconds() - secondsAgo).ToString(CultureInfo.InvariantCulture);
        token ??= Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(25));
        var signature = Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(timestamp + token)));
        return new Call("mailgun", $$"""
            {"signature":{"timestamp":"{{timestamp}}","token":"{{token}}","signature":"{{signature}}"},"event-data":{{item}}}
            """);
    }

    /// <summary>A message of SNS. The fields may be changed before it is signed.</summary>
    public static Call Sns(
        TimeProvider time, string message, string type = "Notification", string version = "2", RSA? key = null,
        Action<Dictionary<string, string>>? change = null)
    {
        var fields = new Dictionary<string, string>
        {
            ["Type"] = type,
            ["MessageId"] = Guid.NewGuid().ToString(),
            ["TopicArn"] = Topic,
            ["Subject"] = "Amazon SES Email Event Notification",
            ["Message"] = message,
            ["Timestamp"] = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
            ["SignatureVersion"] = version,
            ["SigningCertURL"] = CertificateUrl,
            ["UnsubscribeURL"] = "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
        };
        if (type != "Notification")
        {
            fields.Remove("Subject");
            fields["Token"] = "2336412f37fb687f5d51e6e2425e";
            fields["SubscribeURL"] = $"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={Topic}&Token=2336412f";
        }

        change?.Invoke(fields);
        string[] signed = type == "Notification" ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
            : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
        var text = string.Concat(signed.Where(fields.ContainsKey).Select(name => $"{name}\n{fields[name]}\n"));
        fields["Signature"] = Convert.ToBase64String((key ?? SnsKey).SignData(
            Encoding.UTF8.GetBytes(text), version == "1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        return new Call("ses", JsonSerializer.Serialize(fields)) { Headers = [("x-amz-sns-message-type", type)] };
    }
}
