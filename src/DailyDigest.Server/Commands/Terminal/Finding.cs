using DailyDigest.Mail.Smtp;

namespace DailyDigest.Server.Commands;

/// <summary>The result of one check of settings, storage, file modes, readers, templates, mail or DNS.</summary>
/// <param name="Area">settings, storage, files, readers, feeds, pictures, templates, pickup, smtp, mailbox, mail, dns.</param>
/// <param name="Check">The check's name within its area.</param>
/// <param name="Result">Passed, failed, a warning, or not checked.</param>
/// <param name="Text">The reason, in one line for an operator.</param>
internal sealed record Finding(string Area, string Check, CheckResult Result, string Text)
{
    /// <summary>The finding as one line of output.</summary>
    public string ToLine()
    {
        var result = Result switch
        {
            CheckResult.Ok => "OK",
            CheckResult.Failed => "FAILED",
            CheckResult.Warning => "warning",
            _ => "not checked",
        };
        return $"{Area} {Check}: {result}: {Text}";
    }
}
