using System.CommandLine;
using System.Globalization;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Figures;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary><c>figures</c>: subscribers, deliveries and stories of the last days.</summary>
internal static class FiguresCommand
{
    private const int UsualDays = 30;

    public static Command Create(Terminal terminal)
    {
        var days = new Option<int>("--days")
        {
            Description = $"The last so many days, 1 to {ReadFigures.MaxDays}. Default: {UsualDays}",
            HelpName = "number",
            DefaultValueFactory = _ => UsualDays,
            CustomParser = result =>
            {
                if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    && number is >= 1 and <= ReadFigures.MaxDays)
                {
                    return number;
                }

                result.AddError($"--days: a whole number from 1 to {ReadFigures.MaxDays}.");
                return UsualDays;
            },
        };
        var by = new Option<FiguresBy>("--by")
        {
            Description = "A row for each day (default), receiving domain or feed",
            HelpName = "day|domain|feed",
            CustomParser = result =>
            {
                if (Enum.TryParse<FiguresBy>(result.Tokens[0].Value, ignoreCase: true, out var one) && Enum.IsDefined(one)
                    && !char.IsAsciiDigit(result.Tokens[0].Value[0]))
                {
                    return one;
                }

                result.AddError("--by: day, domain or feed.");
                return FiguresBy.Day;
            },
        };
        var csv = new Option<bool>("--csv") { Description = "Print CSV with every count" };
        var command = new Command("figures", "Show subscribers, deliveries and stories of the last days.")
        {
            days, by, csv, CreateRecount(terminal),
        };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => ExecuteAsync(
                app.Services, terminal, parsed.GetValue(days), parsed.GetValue(by), parsed.GetValue(csv), stop),
            cancellationToken));
        return command;
    }

    private static Command CreateRecount(Terminal terminal)
    {
        var command = new Command("recount", "Count every subscriber again. Needed after a version without figures used the store.");
        command.SetAction((_, cancellationToken) => CommandHost.RunAsync(
            terminal, (app, stop) => RecountAsync(app.Services, terminal, stop), cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, int days, FiguresBy by, bool csv, CancellationToken cancellationToken)
    {
        // Also right if no service runs: what ended since the last tick is added up.
        var near = await services.GetRequiredService<RunStore>().ListNearAsync(
            services.GetRequiredService<TimeProvider>().GetUtcNow(), 3, cancellationToken);
        await services.GetRequiredService<SumFigures>().ExecuteAsync(near, cancellationToken);
        var report = await services.GetRequiredService<ReadFigures>().ExecuteAsync(days, cancellationToken);
        if (csv)
        {
            using var memory = new MemoryStream();
            await ExportFigures.ExecuteAsync(memory, report, by, cancellationToken);
            await terminal.TextAsync(Encoding.UTF8.GetString(memory.ToArray()));
            return 0;
        }

        await terminal.LineAsync(Sentence(report));
        await (by switch
        {
            FiguresBy.Domain => LabelsAsync(terminal, "domain", ExportFigures.DomainColumns, report.Domains),
            FiguresBy.Feed => LabelsAsync(terminal, "feed", ExportFigures.FeedColumns, report.Feeds),
            _ => DaysAsync(terminal, report),
        });
        return 0;
    }

    private static string Sentence(FiguresReport report)
    {
        if (report.IsCounting)
        {
            return $"The subscribers are being counted ({report.CountedPercent} % done). "
                + "It goes on while the service runs; 'figures recount' does it now.";
        }

        var active = report.Now["active"];
        var difference = active - report.WeekAgo;
        var week = difference switch
        {
            null => "",
            0 => ", as many as a week ago",
            > 0 => $", {Format.Count(difference.Value)} more than a week ago",
            _ => $", {Format.Count(-difference.Value)} fewer than a week ago",
        };
        return $"{Format.Count(active, "subscriber")}{week}; {Format.Count(report.Now["paused"])} paused, "
            + (report.Now["resting"] is > 0 and var resting ? $"{Format.Count(resting)} resting after refused mail, " : "")
            + $"{Format.Count(report.Now["pending"])} not confirmed, {Format.Count(report.Now["unsubscribed"])} left, "
            + $"{Format.Count(report.Now["bounced"])} bounced, {Format.Count(report.Now["complained"])} complained.";
    }

    private static Task DaysAsync(Terminal terminal, FiguresReport report) => terminal.TableAsync(
        ["date", "subscribers", "sign-ups", "new", "gone", "sent", "rejected", "deferred", "expired", "held", "last after", "stories"],
        report.Days.Select(day => (IReadOnlyList<string>)
        [
            day.Date.Text(), day.Subscribers is { } known ? Format.Count(known) : "-", Format.Count(day.Readers["sign-ups"]),
            Format.Count(day.Arrivals), Format.Count(day.Departures), Format.Count(day.Deliveries["sent"]),
            Format.Count(day.Deliveries["rejected"]), Format.Count(day.Deliveries["deferrals"]), Format.Count(day.Deliveries["expired"]),
            Format.Count(day.Deliveries["held"]), Duration(day.Deliveries), Format.Count(day.Stories["new"]),
        ]));

    private static string Duration(FigureCounts deliveries) => deliveries["sent"] == 0 ? "-"
        : TimeSpan.FromSeconds(deliveries["slowest-seconds"]).ToString("h\\:mm\\:ss", CultureInfo.InvariantCulture);

    private static Task LabelsAsync(
        Terminal terminal, string what, IReadOnlyList<string> columns, IReadOnlyList<(string Label, FigureCounts Counts)> rows) =>
        terminal.TableAsync(
            [what, .. columns],
            rows.Select(one => (IReadOnlyList<string>)[one.Label, .. columns.Select(name => Cell(one.Label, name, one.Counts))]));

    private static string Cell(string label, string column, FigureCounts counts) => Format.Count(counts[column])
        + (counts[column] > 0 && ExportFigures.Percent(label, column, counts) is { } percent
            ? percent.ToString(" '('0.##' %)'", CultureInfo.InvariantCulture) : "");

    private static async Task<int> RecountAsync(IServiceProvider services, Terminal terminal, CancellationToken cancellationToken)
    {
        var readers = services.GetRequiredService<SumReaders>();
        await terminal.WatchAsync("Counting subscribers", async report =>
        {
            await readers.RecountAsync(
                done => _ = done % 64 == 0 ? report($"{done * 100 / 256} % counted") : Task.CompletedTask, cancellationToken);
            return 0;
        });
        var total = await readers.TotalAsync(cancellationToken);
        var counts = total.On(DateOnly.MaxValue).Select(one => $"{Format.Count(one.Value)} {one.Key}").DefaultIfEmpty("no subscribers");
        await terminal.LineAsync($"Counted: {string.Join(", ", counts)}.");
        return 0;
    }
}
