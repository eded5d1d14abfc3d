using System.CommandLine;
using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Returns;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary><c>subscribers import</c>: adds people who consented elsewhere.</summary>
internal static class ImportCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<FileInfo>("FILE")
        {
            Description = "CSV with a header line: email; optional zone, hour, rhythm, language, sections (by semicolons), "
                + "consent_at or created_at and similar, status. Exports of Mailchimp, Substack, Ghost, listmonk, Buttondown and MailPoet "
                + "are read as they are",
        };
        var source = ListInput.Source("Where these people consented; stored with each as proof");
        var (dryRun, dates) = (ListInput.DryRun(), ListInput.Dates());
        var command = new Command(
            "import", "Add people who consented elsewhere. After an interruption, the same command continues where it stopped. "
                + "Readers who left, complained, bounced or were erased are not added, nor are rows that are not active. "
                + "Ends with 1 if a row has a fault.")
        {
            file, source, dryRun, dates,
        };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => ExecuteAsync(
                app.Services, terminal, parsed.GetRequiredValue(file), parsed.GetRequiredValue(source).Trim(), parsed.GetValue(dryRun),
                ListInput.OrderOf(parsed.GetValue(dates)), stop),
            cancellationToken, creates: true));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, FileInfo file, string source, bool dryRun, DayMonth dates,
        CancellationToken cancellationToken)
    {
        if (await ListInput.OpenAsync(file, terminal) is not { } csv)
        {
            return 2;
        }

        await using (csv)
        {
            var refused = new List<RefusedRow>();
            var report = await terminal.WatchAsync(
                dryRun ? "Checking" : "Importing",
                say => ImportAsync(services, csv, file.Name, source, dryRun, dates, refused, say, cancellationToken));
            foreach (var row in refused.OrderBy(row => row.Line))
            {
                await terminal.ErrorAsync(
                    string.Create(
                        CultureInfo.InvariantCulture, $"line {row.Line}: {row.Reason}{(row.Earlier ? " (refused before)" : "")}"));
            }

            if (report is { Resumed: > 0, Before: { Refused: > 0 } before })
            {
                var unlisted = before.Refused - refused.Count(row => row.Earlier);
                await terminal.ErrorAsync($"An earlier import of this file handled {Rows(before)}, which were skipped now"
                    + (unlisted > 0 ? $"; {Format.Count(unlisted)} of their refusals are not stored" : "")
                    + ". Put corrected rows into a new file, or correct this one.");
            }

            foreach (var note in ImportNotes.Of(Now(report), dryRun))
            {
                await terminal.ErrorAsync(note);
            }

            await terminal.LineAsync((dryRun ? "Nothing was written. The import would give: " : "") + Words(report));
            if (report.Fault is { } fault)
            {
                await terminal.ErrorAsync(fault);
            }

            return report.Fault is null && report.Refused == 0 ? 0 : 1;
        }
    }

    private static async Task<ImportReport> ImportAsync(
        IServiceProvider services, FileStream csv, string name, string source, bool dryRun, DayMonth dates, List<RefusedRow> refused,
        Func<string, Task> say, CancellationToken cancellationToken)
    {
        var progress = ListInput.Progress<ImportReport>(
            services.GetRequiredService<TimeProvider>(), value => Counts(Now(value)), say);
        var report = await services.GetRequiredService<ImportSubscribers>().ExecuteAsync(
            csv, source, dryRun, refused.Add, progress, cancellationToken, dates, name);
        if (!dryRun)
        {
            await services.AuditAsync("reader.import", source, null, Counts(report), cancellationToken);
        }

        return report;
    }

    /// <summary>The result of this call, separate from the result of earlier calls.</summary>
    private static string Words(ImportReport report)
    {
        if (report.Before is not { Rows: > 0 } before)
        {
            return Counts(report);
        }

        if (report.Rows > before.Rows)
        {
            return $"now {Counts(Now(report))}; before {Counts(before)}";
        }

        var rows = report.Fault is not null ? Rows(before) : before.Rows == 1 ? "the only row" : "all " + Rows(before);
        var were = before.Rows == 1 ? "was" : "were";
        return before.Added == before.Rows
            ? $"0 added now; {rows} {were} added before"
            : $"0 added now; {rows} {were} handled before ({string.Join(", ", Kinds(before).Where(kind => kind.Count > 0).Select(Kind))})";
    }

    private static ImportReport Now(ImportReport report) => report.Before is not { } before ? report : report with
    {
        Rows = report.Rows - before.Rows,
        Added = report.Added - before.Added,
        Known = report.Known - before.Known,
        Refused = report.Refused - before.Refused,
        Inactive = report.Inactive - before.Inactive,
        LeftOut = report.LeftOut - before.LeftOut,
        Repeated = report.Repeated - before.Repeated,
        Undated = report.Undated - before.Undated,
    };

    /// <summary>The first three kinds always, the others if there are any.</summary>
    private static string Counts(ImportReport report) =>
        $"{Rows(report)}: {string.Join(", ", Kinds(report).Where((kind, index) => index < 3 || kind.Count > 0).Select(Kind))}";

    private static (int Count, string What)[] Kinds(ImportReport report) =>
    [
        (report.Added, "added"), (report.Known, "subscribed before"), (report.Refused, "refused"),
        (report.Inactive + report.LeftOut, "left out"), (report.Repeated, "repeated in the file"),
    ];

    private static string Kind((int Count, string What) kind) => $"{Format.Count(kind.Count)} {kind.What}";

    private static string Rows(ImportReport report) => Format.Count(report.Rows, "row");
}
