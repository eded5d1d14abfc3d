using DailyDigest.Mail;
using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Smtp;
using DailyDigest.Settings;
using MimeKit;

namespace DailyDigest.Server.Commands;

/// <summary>
/// Checks that a signature of From's domain covers what receivers act on: who wrote it, to whom, what and when, the unsubscribe link
/// (RFC 8058), and where complaints go (Feedback-ID, RFC 9477).
/// </summary>
internal static class SignedHeaders
{
    private static readonly string[] Wanted =
    [
        "from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id", "cfbl-address",
        "cfbl-feedback-id",
    ];

    /// <summary>Checks a mail that was received, or else a digest as this program signs it; and the settings of reports.</summary>
    /// <param name="options">The settings of mail.</param>
    /// <param name="publication">The publication.</param>
    /// <param name="signer">Signs here; null if the relay does.</param>
    /// <param name="mail">A file with a received mail; null for none.</param>
    public static IEnumerable<Finding> Examine(MailOptions options, Publication publication, MailSigner? signer, FileInfo? mail)
    {
        yield return mail is not null ? Received(mail)
            : signer is not null ? Of(SignedMail.OfDigest(options, publication, signer))
            : Finding(
                CheckResult.NotChecked,
                "the relay signs: use send-test, save the source of the mail that arrived, and name the file with --mail");
        if (options.FeedbackSender.Length == 0 && !HasShortHost(publication))
        {
            yield return new("mail", "Feedback-ID", CheckResult.Warning,
                "digests have none, so Gmail reports no complaints: set Mail__FeedbackSender to 5 to 15 characters of your own");
        }

        if (options.Complaints.Length > 0 && MailboxAddress.TryParse(options.From, out var from)
            && Domain(options.Complaints) is var domain && !domain.Equals(from.Domain, StringComparison.OrdinalIgnoreCase)
            && !domain.EndsWith("." + from.Domain, StringComparison.OrdinalIgnoreCase))
        {
            yield return new("mail", "CFBL-Address", CheckResult.Warning,
                $"{domain} is neither {from.Domain}, the domain of Mail__From, nor below it: providers send complaints only if a "
                    + $"signature of {domain} is added on the way");
        }
    }

    private static bool HasShortHost(Publication publication) => publication.Domain.Length is >= 5 and <= 15;

    private static string Domain(string address) => address[(address.LastIndexOf('@') + 1)..].ToLowerInvariant();

    private static Finding Received(FileInfo file)
    {
        try
        {
            using var stream = file.OpenRead();
            return Of(SignedMail.Read(stream));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Finding(CheckResult.Failed, $"--mail: {exception.Message}");
        }
    }

    private static Finding Of(SignedMail mail)
    {
        if (mail.FromDomain.Length == 0)
        {
            return Finding(CheckResult.Failed, "the mail has no From that can be read");
        }

        var wanted = Wanted.Where(name => name == "from" || mail.Headers.Contains(name)).ToList();
        var best = mail.Aligned.Select(one => (one.Domain, Missing: wanted.Except(one.Names).ToList()))
            .OrderBy(one => one.Missing.Count).Cast<(string Domain, List<string> Missing)?>().FirstOrDefault();
        return best switch
        {
            null when mail.Signatures.Count == 0 => Finding(CheckResult.Failed, "the mail has no DKIM-Signature"),
            null => Finding(CheckResult.Failed, $"no signature is of {mail.FromDomain}, the domain of From"),
            { Missing: [] } => Finding(CheckResult.Ok, $"a signature of {best.Value.Domain} covers "
                + string.Join(", ", wanted)),
            { Missing: var missing } => Finding(
                missing.Contains("from") || missing.Contains("list-unsubscribe") || missing.Contains("list-unsubscribe-post")
                    ? CheckResult.Failed : CheckResult.Warning,
                $"the signature of {best.Value.Domain} does not cover {string.Join(", ", missing)}"),
        };
    }

    private static Finding Finding(CheckResult result, string text) => new("mail", "signed headers", result, text);
}
