using System.Security.Cryptography;
using DailyDigest.Settings;
using Microsoft.Extensions.Configuration;

namespace DailyDigest.Web;

/// <summary>
/// The web hooks of mail providers, each with its one key. Section <c>Returns:Hooks</c>. A hook without its key is closed.
/// </summary>
public sealed class ProviderHookOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Returns:Hooks";

    /// <summary>ARN of the SNS topic to which Amazon SES publishes. Messages of another topic are refused.</summary>
    public string SesTopic { get; set; } = "";

    /// <summary>A secret of ours in the URL that Azure Event Grid calls; Event Grid signs nothing.</summary>
    public string AzureSecret { get; set; } = "";

    /// <summary>The verification key that SendGrid shows: base64 of a P-256 public key.</summary>
    public string SendGridKey { get; set; } = "";

    /// <summary>The HTTP webhook signing key of the Mailgun account.</summary>
    public string MailgunKey { get; set; } = "";

    /// <summary>A secret of ours in the URL that Postmark calls; Postmark signs nothing.</summary>
    public string PostmarkSecret { get; set; } = "";

    /// <summary>One line per fault, each naming its setting.</summary>
    public IEnumerable<string> Validate()
    {
        if (SesTopic.Length > 0 && SnsTopic.Parse(SesTopic) is null)
        {
            yield return "Returns__Hooks__SesTopic: the ARN of a topic, such as arn:aws:sns:eu-west-1:123456789012:digest.";
        }

        if (SendGridKey.Length > 0 && !IsKey(SendGridKey))
        {
            yield return "Returns__Hooks__SendGridKey: the verification key of the signed event webhook, as SendGrid shows it.";
        }

        foreach (var (name, value) in new[] { (nameof(AzureSecret), AzureSecret), (nameof(PostmarkSecret), PostmarkSecret) })
        {
            if (value.Length > 0 && (ApiKey.IsShort(value) || !value.All(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_')))
            {
                yield return $"Returns__Hooks__{name}: at least 24 letters, digits, hyphens and underscores, as it stands in a URL "
                    + "(openssl rand -hex 32).";
            }
        }

        if (MailgunKey.Length > 0 && ApiKey.IsShort(MailgunKey))
        {
            yield return "Returns__Hooks__MailgunKey: the HTTP webhook signing key, as Mailgun shows it.";
        }
    }

    /// <summary>The secrets in the configuration, each with the name of its setting.</summary>
    internal static IEnumerable<Secret> Secrets(IConfiguration configuration) =>
        new[] { nameof(AzureSecret), nameof(MailgunKey), nameof(PostmarkSecret) }
            .Select(name => new Secret($"Returns__Hooks__{name}", configuration[$"{Section}:{name}"] ?? ""))
            .Where(one => one.Value.Length > 0);

    private static bool IsKey(string text)
    {
        try
        {
            using var key = SendGridHook.Import(text);
            return true;
        }
        catch (Exception fault) when (fault is CryptographicException or FormatException)
        {
            return false;
        }
    }
}
