using System.CommandLine;
using System.Globalization;
using DailyDigest.Returns;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary><c>suppressions import</c>: a suppression list from elsewhere.</summary>
internal static class SuppressionsImportCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<FileInfo>("FILE")
        {
            Description = "CSV with a header line: email, sha256 or md5; optional reason, date, source. "
                + "Or one address or hash on each line. Or an export of Mailchimp, Substack, Ghost, listmonk, Buttondown or MailPoet: "
                + "only who has left by it is taken, with the reason that it says",
        };
        var reason = SuppressionsCommand.Reason("unsubscribed");
        var source = ListInput.Source("The name of the list");
        var (dryRun, dates) = (ListInput.DryRun(), ListInput.Dates());
        var command = new Command(
            "import", "Stop mail to the addresses of a list. Their subscriptions end. Repeat it after an interruption. "
                + "Ends with 1 if a row is not understood.")
        {
            file, reason, source, dryRun, dates,
        };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => ExecuteAsync(
                app.Services, terminal, parsed.GetRequiredValue(file),
                new SuppressionDefaults(
                    SuppressionsCommand.Parse(parsed.GetRequiredValue(reason)), parsed.GetRequiredValue(source).Trim(),
                    ListInput.OrderOf(parsed.GetValue(dates))),
                parsed.GetValue(dryRun), stop),
            cancellationToken, creates: true));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, FileInfo file, SuppressionDefaults defaults, bool dryRun,
        CancellationToken cancellationToken)
    {
        if (await ListInput.OpenAsync(file, terminal) is not { } csv)
        {
            return 2;
        }

        await using (csv)
        {
            var import = services.GetRequiredService<ImportSuppressions>();
            var report = await terminal.WatchAsync(
                dryRun ? "Checking" : "Importing",
                say => import.ExecuteAsync(
                    csv, defaults, dryRun,
                    row => terminal.ErrorAsync(string.Create(CultureInfo.InvariantCulture, $"line {row.Line}: {row.Reason}"))
                        .GetAwaiter().GetResult(),
                    ListInput.Progress<SuppressionImport>(services.GetRequiredService<TimeProvider>(), Words, say), cancellationToken));
            if (!dryRun)
            {
                await services.AuditAsync("address.import", defaults.Source, null, Words(report), cancellationToken);
            }

            if (report.Service is { } service)
            {
                await terminal.ErrorAsync(
                    $"This is an export of {service}: only who has left is taken, with the reason that it says.");
            }

            await terminal.LineAsync((dryRun ? "Nothing was written. The import would give: " : "") + Words(report));
            if (report.Fault is { } fault)
            {
                await terminal.ErrorAsync(fault);
            }

            return report.Fault is null && report.Refused == 0 ? 0 : 1;
        }
    }

    private static string Words(SuppressionImport report) =>
        $"{Format.Count(report.Rows, "row")}: {Format.Count(report.Added)} added, {Format.Count(report.Known)} on the list before, "
        + $"{Format.Count(report.Refused)} refused; {Format.Count(report.Ended, "subscription")} ended"
        + (report.NotLeft > 0 ? $"; {Format.Count(report.NotLeft)} have not left" : "")
        + (report.Newer > 0 ? $"; {Format.Count(report.Newer)} confirmed after their date and stay" : "");
}
