using System.CommandLine;
using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Returns;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary><c>suppressions import</c>: a suppression list from elsewhere.</summary>
internal static class SuppressionsImportCommand
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    public static Command Create(Terminal terminal)
    {
        var file = new Argument<FileInfo>("FILE")
        {
            Description = "CSV with a header line: email, sha256 or md5; optional reason, date, source. "
                + "Or one address or hash on each line",
        };
        var reason = SuppressionsCommand.Reason("unsubscribed");
        var source = new Option<string>("--source") { Description = "The name of the list", HelpName = "name", Required = true };
        source.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && (string.IsNullOrWhiteSpace(token.Value) || token.Value.Length > 200 || token.Value.Any(char.IsControl)))
            {
                result.AddError("--source: one line of at most 200 characters.");
            }
        });
        var dryRun = new Option<bool>("--dry-run") { Description = "Check the file and count what would be added; write nothing" };
        var dates = new Option<string>("--dates")
        {
            Description = "The order in dates such as 02/03/2025: day-first or month-first. Without it they are refused",
            HelpName = "order",
        };
        dates.AcceptOnlyFromAmong("day-first", "month-first");
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
                    parsed.GetValue(dates) switch
                    {
                        "day-first" => DayMonth.DayFirst,
                        "month-first" => DayMonth.MonthFirst,
                        _ => DayMonth.Unknown,
                    }),
                parsed.GetValue(dryRun), stop),
            cancellationToken, creates: true));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, FileInfo file, SuppressionDefaults defaults, bool dryRun,
        CancellationToken cancellationToken)
    {
        FileStream csv;
        try
        {
            csv = file.OpenRead();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await terminal.ErrorAsync($"FILE: {exception.Message}");
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
                    new Throttled(services.GetRequiredService<TimeProvider>(), say), cancellationToken));
            if (!dryRun)
            {
                await services.AuditAsync("address.import", defaults.Source, null, Words(report), cancellationToken);
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
        + (report.Newer > 0 ? $"; {Format.Count(report.Newer)} confirmed after their date and stay" : "");

    /// <summary>Writes the progress at most once a second. The import calls it sequentially.</summary>
    private sealed class Throttled(TimeProvider time, Func<string, Task> say) : IProgress<SuppressionImport>
    {
        private long last = time.GetTimestamp();

        public void Report(SuppressionImport value)
        {
            if (time.GetElapsedTime(last) >= ReportInterval)
            {
                last = time.GetTimestamp();
                say(Words(value)).GetAwaiter().GetResult();
            }
        }
    }
}
