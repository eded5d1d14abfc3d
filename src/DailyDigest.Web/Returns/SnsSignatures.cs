using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DailyDigest.Returns;

namespace DailyDigest.Web;

/// <summary>A topic of Amazon SNS.</summary>
/// <param name="Arn">Its name.</param>
/// <param name="Host">The only host from which certificates and confirmations of the topic come.</param>
internal sealed partial record SnsTopic(string Arn, string Host)
{
    /// <summary>The topic; null if the text is no ARN of one.</summary>
    public static SnsTopic? Parse(string text) => Form().Match(text) is not { Success: true } match ? null
        : new SnsTopic(text, $"sns.{match.Groups[2].Value}.amazonaws.com{(match.Groups[1].Value == "aws-cn" ? ".cn" : "")}");

    [GeneratedRegex(
        @"^arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]+)+-[0-9]):[0-9]{12}:[A-Za-z0-9_-]{1,256}\z",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}

/// <summary>The outcome of checking a signature.</summary>
internal enum SnsCheck
{
    /// <summary>It is of Amazon SNS, for this topic.</summary>
    Right,

    /// <summary>It is not.</summary>
    Wrong,

    /// <summary>The certificate could not be fetched now.</summary>
    Unavailable,
}

/// <summary>
/// Checks messages of Amazon SNS: RSA over the fields in a fixed order, with SHA-1 (version 1) or SHA-256 (version 2). The certificate is
/// fetched from the host of the topic's region and from no other, and kept for a day.
/// </summary>
internal sealed partial class SnsSignatures(IProviderPages pages, TimeProvider time) : IDisposable
{
    private const int MaxCertificates = 8;
    private const int MaxUrl = 500;
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    private static readonly string[] NotificationFields = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
    private static readonly string[] OtherFields = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

    private readonly PageCache<string, X509Certificate2> certificates = new(MaxCertificates, time, maxBuilds: 2);

    /// <summary>Checks a message.</summary>
    public async Task<SnsCheck> CheckAsync(JsonElement message, SnsTopic topic, CancellationToken cancellationToken)
    {
        HashAlgorithmName? hash = message.Text("SignatureVersion") switch
        {
            "1" => HashAlgorithmName.SHA1,
            "2" => HashAlgorithmName.SHA256,
            _ => null,
        };
        if (hash is not { } algorithm || message.Text("TopicArn") != topic.Arn
            || HookProof.Base64(message.Text("Signature")) is not { } signature
            || message.Text("SigningCertURL") is not { } url || !IsCertificate(url, topic)
            || !HookProof.IsCurrent(message.Instant("Timestamp"), time.GetUtcNow()) || Signed(message) is not { } signed)
        {
            return SnsCheck.Wrong;
        }

        var isUnavailable = false;
        var certificate = await certificates.GetAsync(url, MaxAge, FetchAsync, cancellationToken);
        return isUnavailable ? SnsCheck.Unavailable : certificate is not null && Verifies(certificate, signed, signature, algorithm)
            ? SnsCheck.Right : SnsCheck.Wrong;

        async Task<X509Certificate2?> FetchAsync(CancellationToken stop)
        {
            var page = await pages.GetAsync(url, stop);
            isUnavailable = page.Status is null or >= 500;
            return page.Status == 200 ? Read(page.Body) : null;
        }
    }

    /// <summary>True if the URL of a proven message confirms a subscription of the topic.</summary>
    public static bool IsConfirmation(string url, SnsTopic topic) => IsAt(url, topic, out var uri) && uri.AbsolutePath == "/"
        && uri.Query.Contains("Action=ConfirmSubscription", StringComparison.Ordinal)
        && Uri.UnescapeDataString(uri.Query).Contains("TopicArn=" + topic.Arn + "&", StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Dispose() => certificates.Dispose();

    private static bool IsCertificate(string url, SnsTopic topic) =>
        IsAt(url, topic, out var uri) && uri.Query.Length == 0 && CertificatePath().IsMatch(uri.AbsolutePath);

    private static bool IsAt(string url, SnsTopic topic, out Uri uri) =>
        Uri.TryCreate(url.Length <= MaxUrl * 4 ? url : "", UriKind.Absolute, out uri!) && uri.Scheme == Uri.UriSchemeHttps
        && uri.Host == topic.Host && uri.IsDefaultPort && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0;

    // Null if a field is missing. Only the subject is optional.
    private static byte[]? Signed(JsonElement message)
    {
        var text = new StringBuilder();
        foreach (var name in message.Text("Type") == "Notification" ? NotificationFields : OtherFields)
        {
            if (message.Text(name, ProviderHooks.MaxBytes) is { } value)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}\n{value}\n");
            }
            else if (name != "Subject")
            {
                return null;
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static X509Certificate2? Read(byte[] body)
    {
        try
        {
            return X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(body));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private bool Verifies(X509Certificate2 certificate, byte[] signed, byte[] signature, HashAlgorithmName algorithm)
    {
        var now = time.GetUtcNow();
        using var key = certificate.GetRSAPublicKey();
        return key is not null && now >= certificate.NotBefore && now <= certificate.NotAfter
            && Owner().IsMatch(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false))
            && key.VerifyData(signed, signature, algorithm, RSASignaturePadding.Pkcs1);
    }

    [GeneratedRegex(
        @"^/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex CertificatePath();

    // Such as sns.amazonaws.com, sns-us-gov-west-1.amazonaws.com, sns-signing.af-south-1.amazonaws.com.
    [GeneratedRegex(@"^sns[a-z0-9.-]*\.amazonaws\.com(\.cn)?\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Owner();
}
