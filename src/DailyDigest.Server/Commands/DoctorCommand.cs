using System.CommandLine;
using System.Text.RegularExpressions;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Mail;
using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Smtp;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>What was examined and how it is.</summary>
/// <param name="Area">settings, storage, templates, pickup, smtp, dns.</param>
/// <param name="Check">What in it.</param>
/// <param name="Result">How it is.</param>
/// <param name="Text">A line for an operator.</param>
internal sealed record Finding(string Area, string Check, CheckResult Result, string Text)
{
    /// <summary>It in a line.</summary>
    public string InWords() =>
        $"{Area} {Check}: {Result switch { CheckResult.Ok => "OK", CheckResult.Failed => "FAILED", CheckResult.Warning => "warning", _ => "not checked" }}: {Text}";
}

/// <summary><c>doctor</c>: examines what the program stands on.</summary>
internal static partial class DoctorCommand
{
    private static readonly string[] Unexamined = ["storage", "templates", "smtp", "dns"];

    public static Command Create(Terminal terminal)
    {
        var selector = new Option<string>("--dkim-selector") { Description = "The selector that the relay signs with, for the DKIM record", HelpName = "name" };
        selector.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !MailRecords.IsName(token.Value))
            {
                result.AddError("--dkim-selector: letters, digits, hyphens and dots.");
            }
        });
        var json = Inputs.Json();
        var command = new Command(
            "doctor", "Examine settings, storage, templates, mail relay or pickup folder, and the sender's DNS records. What could not be reached is \"not checked\"; settings that nothing reads are a warning. "
                + "Ends with 1 if something fails, 2 if settings are at fault.") { selector, json };
        command.SetAction((parsed, cancellationToken) => ExecuteAsync(terminal, parsed.GetValue(selector), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(Terminal terminal, string? selector, bool json, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var settingsFail = false;
        IReadOnlyList<Finding> unknown = [];
        try
        {
            await using var app = TheProgram.Build(terminal, workers: false, settings => unknown = UnknownSettings.Find(settings));
            await ExamineAsync(app.Services, selector, findings, cancellationToken);
        }
        catch (Exception exception) when (TheProgram.SettingsFaults(exception) is { } faults)
        {
            settingsFail = true;
            findings.AddRange(faults.Select(Fault));
            findings.AddRange(Unexamined
                .Select(area => new Finding(area, "everything", CheckResult.NotChecked, "settings are at fault")));
        }

        findings.InsertRange(findings.FindLastIndex(finding => finding.Area == "settings") + 1, unknown);
        settingsFail |= findings.Any(finding => finding is { Area: "settings", Result: CheckResult.Failed });
        if (json)
        {
            await terminal.JsonAsync(findings);
        }

        foreach (var finding in json ? [] : findings)
        {
            await terminal.LineAsync(finding.InWords());
        }

        return settingsFail ? 2 : findings.Any(finding => finding.Result == CheckResult.Failed) ? 1 : 0;
    }

    private static async Task ExamineAsync(IServiceProvider services, string? selector, List<Finding> findings, CancellationToken cancellationToken)
    {
        findings.Add(new("settings", "all", CheckResult.Ok, "every setting can be read and is within its bounds"));
        findings.AddRange(await StorageAsync(services, cancellationToken));
        findings.Add(await TemplatesAsync(services.GetRequiredService<IDigestRenderer>(), cancellationToken));
        if (services.GetRequiredService<MailOptions>().PickupFolder is { Length: > 0 } folder)
        {
            findings.Add(await PickupFolder.ExamineAsync(folder, cancellationToken));
        }

        var mail = services.GetRequiredService<MailOptions>();
        findings.AddRange(RelayAdvice.Findings(await services.GetRequiredService<SmtpCheck>().CheckAsync(cancellationToken)));
        findings.AddRange(await MailRecords.ExamineAsync(
            mail.From, selector, MailSigner.Create(services.GetRequiredService<DkimOptions>(), mail)?.Keys ?? [],
            services.GetService<TxtLookup>() ?? MailRecords.LookUpAsync, cancellationToken));
    }

    private static async Task<IReadOnlyList<Finding>> StorageAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        const string Partition = "doctor";
        var tables = services.GetRequiredService<ITableStore>();
        var row = new TableRow(Guid.NewGuid().ToString("n")) { { "probe", "probe" } };
        try
        {
            await tables.PrepareAsync(cancellationToken);
            await services.GetRequiredService<IQueueStore>().PrepareAsync(cancellationToken);
            var kept = (await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Insert(row), cancellationToken)).IsDone
                && (await tables.GetAsync(Tables.Facts, Partition, row.Key, cancellationToken))?.Text("probe") == "probe"
                && (await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Delete(row.Key), cancellationToken)).IsDone;
            var probe = kept
                ? new Finding("storage", "probe", CheckResult.Ok, "a row was written, read and deleted")
                : new Finding("storage", "probe", CheckResult.Failed, "a row that was written did not come back");
            return await services.GetRequiredService<IdentityCheck>().ExecuteAsync(cancellationToken) is { } fault
                ? [probe, Fault(fault)]
                : [probe];
        }
        catch (StorageException exception)
        {
            return [new("storage", "probe", CheckResult.Failed, exception.Message)];
        }
    }

    /// <summary>Every fault begins with the setting's name, or with those of several.</summary>
    private static Finding Fault(string fault)
    {
        var name = Names().Match(fault).Value;
        return new("settings", name, CheckResult.Failed, fault[name.Length..].TrimStart(':', ',', ' '));
    }

    private static async Task<Finding> TemplatesAsync(IDigestRenderer renderer, CancellationToken cancellationToken)
    {
        try
        {
            await renderer.WarmUpAsync(cancellationToken);
            return new("templates", "mail", CheckResult.Ok, "they compile, with unsubscribe link and postal address");
        }
        catch (InvalidOperationException exception)
        {
            return new("templates", "mail", CheckResult.Failed, exception.Message);
        }
    }

    [GeneratedRegex(@"^[^:, ]*(?:, \w+__\w+)*")]
    private static partial Regex Names();
}
