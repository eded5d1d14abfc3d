using DailyDigest.Mail;
using DailyDigest.Mail.Smtp;

namespace DailyDigest.Server.Commands;

/// <summary>Names the setting to change when a relay cannot be reached with the present settings.</summary>
internal static class RelayAdvice
{
    /// <summary>The steps of <see cref="SmtpCheck"/> as findings, in their order.</summary>
    public static IEnumerable<Finding> Findings(IReadOnlyList<CheckStep> steps) => steps.Select(step =>
    {
        var advice = step is { Result: CheckResult.Failed, Relay: { } relay } ? Advice(step, relay) : null;
        return new Finding("smtp", step.Step, step.Result, advice is null ? step.Text : $"{step.Text.TrimEnd('.')}. {advice}");
    });

    private static string? Advice(CheckStep step, CheckedRelay relay)
    {
        var prefix = relay.Prefix;
        var certificate = $"its certificate must be valid for {prefix}__Host, or be the one of {prefix}__CertificateSha256";
        return (step.Step.Split(' ')[^1], relay.Protection) switch
        {
            ("TLS", MailSecurity.StartTls) when step.Text.StartsWith("TLS failed", StringComparison.Ordinal) =>
                $"{prefix}__Security is starttls: {certificate}",
            ("TLS", MailSecurity.StartTls) =>
                $"Change {prefix}__Security: it is starttls, which this port does not offer; tls if it speaks TLS from the first byte "
                    + $"(465), none only for a relay on this machine or a private network",
            ("TLS", MailSecurity.Tls) =>
                $"Change {prefix}__Security: it is tls, and a port that begins in plain text (587, 25) needs starttls; or {certificate}",
            ("greeting", MailSecurity.StartTls) => $"If this port speaks TLS from the first byte (465), set {prefix}__Security to tls",
            ("token", _) => $"Check the settings {prefix}__OAuth__...",
            (_, MailSecurity.None) when step.Text.Contains("STARTTLS", StringComparison.OrdinalIgnoreCase) =>
                $"Change {prefix}__Security: it is none, and the relay asks for starttls",
            _ => null,
        };
    }
}
