using System.Globalization;
using CsvHelper;
using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Subscribers;

namespace DailyDigest.Reporting;

/// <summary>The rows of a table of figures.</summary>
public enum FiguresBy
{
    /// <summary>A row for each day.</summary>
    Day,

    /// <summary>A row for each day and receiving domain.</summary>
    Domain,

    /// <summary>A row for each feed.</summary>
    Feed,
}

/// <summary>Writes figures as CSV (RFC 4180, UTF-8). Feeds' names are cleaned of what a spreadsheet would read as a formula.</summary>
public static class ExportFigures
{
    /// <summary>The columns of a domain.</summary>
    public static readonly IReadOnlyList<string> DomainColumns =
        ["sent", "rejected", "deferred", "expired", "held", "complaints", "bounces"];

    /// <summary>The columns of a feed.</summary>
    public static readonly IReadOnlyList<string> FeedColumns = ["read", "new", "changed", "refused"];

    private static readonly string[] ReaderColumns =
    [
        "sign-ups", "confirmed", "imported", "returned", "left", "bounced", "complained", "erased", "dropped", "paused", "resumed",
        "rested", "woken",
        "changed-hour", "changed-sections", "changed-language", "changed-address",
    ];

    private static readonly string[] DeliveryColumns =
    [
        "runs", "readers", "sent", "rejected", "deferrals", "expired", "held", "withheld", "empty", "slowest-seconds", "median-seconds",
    ];

    /// <summary>Writes the table.</summary>
    public static async Task ExecuteAsync(Stream csv, FiguresReport report, FiguresBy by, CancellationToken cancellationToken)
    {
        await using var writer = CsvWriter.Create(csv, SubscriberCsv.Writing, leaveOpen: true);
        foreach (var row in by switch
        {
            FiguresBy.Domain => Domains(report),
            FiguresBy.Feed => Feeds(report),
            _ => Days(report),
        })
        {
            foreach (var cell in row)
            {
                writer.WriteField(cell);
            }

            await writer.EndRecordAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Complaints of what was sent to the domain, or bounces of what its servers took or refused, in percent. Null for another column,
    /// without messages, and for the small domains together: their messages and their complaints are not counted for the same ones.
    /// </summary>
    public static double? Percent(string domain, string column, FigureCounts counts) =>
        (column switch { "complaints" => counts["sent"], "bounces" => ReceivingDomains.MessagesOf(counts), _ => 0 }) is > 0 and var messages
            && domain != FigureLabels.Other
            ? ReputationPolicy.Percent(counts[column], messages) : null;

    private static IEnumerable<IEnumerable<string>> Days(FiguresReport report)
    {
        yield return ["date", "subscribers", .. ReaderColumns.Concat(DeliveryColumns).Select(Name), "stories_new", "entries_refused",
            "complaints", "complaint_percent", "bounce_percent"];
        foreach (var day in report.Days)
        {
            yield return
            [
                day.Date.Text(), day.Subscribers is { } known ? Number(known) : "",
                .. ReaderColumns.Select(name => Number(day.Readers[name])), .. DeliveryColumns.Select(name => Number(day.Deliveries[name])),
                Number(day.Stories["new"]), Number(day.Stories["refused"]), Number(day.Complaints),
                Text(day.Deliveries["sent"], day.Complaints), Text(ReceivingDomains.MessagesOf(day.Deliveries), day.Bounces),
            ];
        }
    }

    private static IEnumerable<IEnumerable<string>> Domains(FiguresReport report)
    {
        yield return ["date", "domain", .. DomainColumns, "complaint_percent", "bounce_percent"];
        foreach (var day in report.Days)
        {
            foreach (var (domain, counts) in day.Domains.List())
            {
                yield return
                [
                    day.Date.Text(), domain, .. DomainColumns.Select(name => Number(counts[name])),
                    Text(Percent(domain, "complaints", counts)), Text(Percent(domain, "bounces", counts)),
                ];
            }
        }
    }

    private static IEnumerable<IEnumerable<string>> Feeds(FiguresReport report)
    {
        yield return ["feed", .. FeedColumns];
        foreach (var (feed, counts) in report.Feeds)
        {
            yield return [feed, .. FeedColumns.Select(name => Number(counts[name]))];
        }
    }

    private static string Text(long messages, long count) => Text(messages > 0 ? ReputationPolicy.Percent(count, messages) : null);

    private static string Text(double? percent) => percent?.ToString("0.###", CultureInfo.InvariantCulture) ?? "";

    private static string Name(string count) => count.Replace('-', '_');

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
