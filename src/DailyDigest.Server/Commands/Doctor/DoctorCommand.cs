using System.CommandLine;
using System.Text.RegularExpressions;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Feeds;
using DailyDigest.Mail;
using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Mailboxes;
using DailyDigest.Mail.Smtp;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Web;

namespace DailyDigest.Server.Commands;

/// <summary><c>doctor</c>: checks settings, storage, file modes, feeds, templates, mail and DNS.</summary>
internal static partial class DoctorCommand
{
    private static readonly string[] NotCheckedAreas =
        ["storage", "readers", "stories", "feeds", "templates", "smtp", "mailbox", "mail", "dns"];

    public static Command Create(Terminal terminal)
    {
        var selector = new Option<string>("--dkim-selector")
        {
            Description = "The selector that the relay signs with, to check its DKIM record",
            HelpName = "name",
        };
        selector.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !MailRecords.IsName(token.Value))
            {
                result.AddError("--dkim-selector: letters, digits, hyphens and dots.");
            }
        });
        var received = new Option<FileInfo>("--mail")
        {
            Description = "A mail of yours as it arrived, with its headers: checks which of them are signed",
            HelpName = "FILE",
        };
        var json = Inputs.Json();
        var command = new Command(
            "doctor", "Check settings, storage, file modes, feeds, templates, mail relay or pickup folder, and the sender's DNS "
                + "records. Each feed is read once, and nothing of it is stored. A service that cannot be reached is \"not checked\". "
                + "Unknown settings are warnings. "
                + "Ends with 1 if a check fails, with 2 if a setting is invalid.") { selector, received, json };
        command.SetAction(
            (parsed, cancellationToken) => ExecuteAsync(
                terminal, parsed.GetValue(selector), parsed.GetValue(received), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        Terminal terminal, string? selector, FileInfo? received, bool json, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var settingsFail = false;
        IReadOnlyList<Finding> unknown = [];
        try
        {
            await using var app = CommandHost.Build(terminal, workers: false, settings => unknown = UnknownSettings.Find(settings));
            CommandHost.Restrain(app.Services, creates: false);
            await ExamineAsync(app.Services, selector, received, findings.Add, cancellationToken);
        }
        catch (Exception exception) when (CommandHost.SettingsFaults(exception) is { } faults)
        {
            settingsFail = true;
            findings.AddRange(faults.Select(Fault));
            findings.AddRange(NotCheckedAreas
                .Select(area => new Finding(area, "everything", CheckResult.NotChecked, "settings are invalid")));
        }

        findings.InsertRange(findings.FindLastIndex(finding => finding.Area == "settings") + 1, unknown);
        settingsFail |= findings.Any(finding => finding is { Area: "settings", Result: CheckResult.Failed });
        if (json)
        {
            await terminal.JsonAsync(findings);
        }

        foreach (var finding in json ? [] : findings)
        {
            await terminal.LineAsync(finding.ToLine());
        }

        return settingsFail ? 2 : findings.Any(finding => finding.Result == CheckResult.Failed) ? 1 : 0;
    }

    /// <summary>Examines the program for a page of the desk.</summary>
    public static Task ExamineAsync(IServiceProvider services, Action<ExaminedPart> found, CancellationToken cancellationToken) =>
        ExamineAsync(
            services, null, null, one => found(new ExaminedPart(one.Area, one.Check, Of(one.Result), one.Text)), cancellationToken);

    private static ExaminedResult Of(CheckResult result) => result switch
    {
        CheckResult.Ok => ExaminedResult.Ok,
        CheckResult.Failed => ExaminedResult.Failed,
        CheckResult.Warning => ExaminedResult.Warning,
        _ => ExaminedResult.NotChecked,
    };

    private static async Task ExamineAsync(
        IServiceProvider services, string? selector, FileInfo? received, Action<Finding> found,
        CancellationToken cancellationToken)
    {
        void all(IEnumerable<Finding> several)
        {
            foreach (var one in several)
            {
                found(one);
            }
        }

        found(new("settings", "all", CheckResult.Ok, "every setting can be read and is within its bounds"));
        var storage = await StorageAsync(services, cancellationToken);
        all(storage);
        all(FileModes.Examine(services));
        var isNew = storage[0].Result == CheckResult.NotChecked;
        all(await ReadersAsync(services, isNew, cancellationToken));
        all(await LanguagesCheck.ExamineAsync(services, isNew, cancellationToken));
        all(await FeedsCheck.ExamineAsync(
            services, hasStore: storage[0].Result == CheckResult.Ok, cancellationToken));
        if (services.GetRequiredService<PicturesOptions>().Copy)
        {
            found(Pictures());
        }

        found(await TemplatesAsync(services.GetRequiredService<IDigestRenderer>(), cancellationToken));
        if (await services.GetRequiredService<CheckProvider>().ExecuteAsync(cancellationToken) is not ProviderState.None and var provider)
        {
            found(Provider(provider));
        }

        if (services.GetRequiredService<MailOptions>().PickupFolder is { Length: > 0 } folder)
        {
            found(await PickupFolder.ExamineAsync(folder, cancellationToken));
        }

        var mail = services.GetRequiredService<MailOptions>();
        all(RelayAdvice.Findings(await services.GetRequiredService<SmtpCheck>().CheckAsync(cancellationToken)));
        all(MailboxAdvice.Findings(
            await services.GetRequiredService<MailboxCheck>().CheckAsync(cancellationToken),
            services.GetRequiredService<MailboxOptions>(), mail));
        var signer = MailSigner.Create(services.GetRequiredService<DkimOptions>(), mail);
        all(SignedHeaders.Examine(mail, services.GetRequiredService<Publication>(), signer, received));
        var dns = DnsRecords.OfThisMachine();
        all(await MailRecords.ExamineAsync(
            mail, selector, signer?.Keys ?? [], services.GetService<TxtLookup>() ?? dns.TxtAsync,
            services.GetService<MxLookup>() ?? dns.MxAsync, cancellationToken));
    }

    private static async Task<IReadOnlyList<Finding>> StorageAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        const string Partition = "doctor";
        var tables = services.GetRequiredService<ITableStore>();
        var row = new TableRow(Guid.NewGuid().ToString("n")) { { "probe", "probe" } };
        try
        {
            if (services.GetService<SqliteDatabase>() is { IsNew: true } database)
            {
                var text = $"there is no database at {database.FullPath} yet; the first start of serve creates it";
                return [new("storage", "probe", CheckResult.NotChecked, text)];
            }

            await tables.PrepareAsync(cancellationToken);
            await services.GetRequiredService<IQueueStore>().PrepareAsync(cancellationToken);
            var kept = (await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Insert(row), cancellationToken)).IsDone
                && (await tables.GetAsync(Tables.Facts, Partition, row.Key, cancellationToken))?.Text("probe") == "probe"
                && (await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Delete(row.Key), cancellationToken)).IsDone;
            var probe = kept
                ? new Finding("storage", "probe", CheckResult.Ok, "a row was written, read and deleted")
                : new Finding("storage", "probe", CheckResult.Failed, "a written row could not be read back");
            return await services.GetRequiredService<IdentityCheck>().ExecuteAsync(cancellationToken) is { } fault
                ? [probe, Fault(fault)]
                : [probe];
        }
        catch (StorageException exception)
        {
            return [new("storage", "probe", CheckResult.Failed, exception.Message)];
        }
    }

    /// <summary>A warning for each choice of readers that no setting offers.</summary>
    private static async Task<IReadOnlyList<Finding>> ReadersAsync(
        IServiceProvider services, bool isNew, CancellationToken cancellationToken)
    {
        if (isNew)
        {
            return [new("readers", "choices", CheckResult.NotChecked, "there is no database yet, so there are no readers")];
        }

        try
        {
            var choices = await services.GetRequiredService<FindUnmatched>().ExecuteAsync(cancellationToken);
            return choices.Count == 0
                ? [new("readers", "choices", CheckResult.Ok, "every language, section and zone that readers chose is offered")]
                : [.. UnmatchedLines.Of(choices).Select(line => new Finding("readers", "choices", CheckResult.Warning, line))];
        }
        catch (StorageException)
        {
            return [new("readers", "choices", CheckResult.NotChecked, "storage failed")];
        }
    }

    /// <summary>The codec is a native library: it may lack something on this machine.</summary>
    private static Finding Pictures() => PictureCheck.Fault() is { } fault
        ? new("pictures", "codec", CheckResult.Failed, $"pictures cannot be copied here (Pictures__Copy): {fault.TrimEnd('.')}")
        : new("pictures", "codec", CheckResult.Ok, "a picture was encoded and decoded");

    private static Finding Provider(ProviderState state) => state switch
    {
        ProviderState.Works => new("provider", "metadata", CheckResult.Ok, "it says where people sign in, and which keys sign its tokens"),
        ProviderState.Silent => new("provider", "metadata", CheckResult.NotChecked, "Desk__OpenId__Authority did not answer"),
        _ => new("provider", "metadata", CheckResult.Failed, "the metadata at Desk__OpenId__Authority lacks an address or a key"),
    };

    /// <summary>The text of a fault begins with the name of a setting, or of several.</summary>
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
            return new("templates", "mail", CheckResult.Ok, "they compile and contain the unsubscribe link and the postal address");
        }
        catch (InvalidOperationException exception)
        {
            return new("templates", "mail", CheckResult.Failed, exception.Message);
        }
    }

    [GeneratedRegex(@"^[^:, ]*(?:, \w+__\w+)*", RegexOptions.NonBacktracking)]
    private static partial Regex Names();
}
