using DailyDigest.Mail;
using DailyDigest.Mail.Mailboxes;
using DailyDigest.Mail.Smtp;

namespace DailyDigest.Server.Commands;

/// <summary>Names the setting to change when the mailbox cannot be read with the present settings.</summary>
internal static class MailboxAdvice
{
    private const string Area = "mailbox";

    /// <summary>The steps of <see cref="MailboxCheck"/> as findings, in their order, and what else is missing.</summary>
    public static IEnumerable<Finding> Findings(IReadOnlyList<CheckStep> steps, MailboxOptions mailbox, MailOptions mail)
    {
        foreach (var step in steps)
        {
            var advice = step.Result == CheckResult.Failed ? Advice(step, mailbox) : null;
            yield return new Finding(Area, step.Step, step.Result, advice is null ? step.Text : $"{step.Text.TrimEnd('.')}. {advice}");
        }

        if (mailbox.IsSet && mail.Bounces.Length == 0)
        {
            yield return new Finding(
                Area, "token", CheckResult.Warning,
                "Mail__Bounces is not set: no mail has a token in its envelope address, and many reports prove nothing");
        }
    }

    private static string? Advice(CheckStep step, MailboxOptions mailbox) => (step.Step, mailbox.Protection) switch
    {
        ("connect", _) => "Check Mailbox__Host and Mailbox__Port, and that a firewall lets the program out",
        ("TLS", _) when step.Text.Contains("TLS failed: the certificate", StringComparison.Ordinal) =>
            "It must be valid for Mailbox__Host, or be the one of Mailbox__CertificateSha256",
        ("TLS", _) when step.Text.Contains("greeting", StringComparison.OrdinalIgnoreCase) =>
            $"Change Mailbox__Protocol or Mailbox__Port: the protocol is {mailbox.Protocol}, and the port may be one of the other",
        ("TLS", MailSecurity.Tls) =>
            "If this port begins in plain text (143, 110), set Mailbox__Security to starttls",
        ("TLS", _) => $"Mailbox__Security is {mailbox.Security}: if this port speaks TLS from the first byte (993, 995), set it to tls",
        ("token", _) => "Check the settings Mailbox__OAuth__...",
        ("login", _) => mailbox.OAuth.IsSet ? "Check Mailbox__User, and that the app may use this mailbox"
            : "Check Mailbox__User and Mailbox__Password, and that the provider allows this protocol",
        ("folder", _) when step.Text.Contains("no folder", StringComparison.Ordinal) =>
            "Set Mailbox__Folder to a folder of this mailbox, as the server names it",
        _ => null,
    };
}
