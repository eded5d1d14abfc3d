using CsvHelper;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Runs;
using DailyDigest.Subscribers;

namespace DailyDigest.Reporting;

/// <summary>
/// Writes the deliveries of runs that were not sent as CSV (RFC 4180, UTF-8). A cell that a spreadsheet would read as a formula gets a
/// leading apostrophe, because replies come from foreign servers.
/// </summary>
public sealed class ExportNotSent(ReportRun report, SubscriberStore subscribers)
{
    private static readonly string[] Columns =
        ["date", "cohort", "id", "address", "state", "reason", "reply", "attempts", "at", "next_try"];

    /// <summary>Writes the deliveries, one row at a time. Returns how many.</summary>
    public async Task<int> ExecuteAsync(Stream csv, IEnumerable<Run> runs, CancellationToken cancellationToken)
    {
        var count = 0;
        await using var writer = CsvWriter.Create(csv, SubscriberCsv.Writing, leaveOpen: true);
        foreach (var column in Columns)
        {
            writer.WriteField(column);
        }

        await writer.EndRecordAsync(cancellationToken);
        foreach (var run in runs)
        {
            await foreach (var row in report.NotSentAsync(run, cancellationToken))
            {
                writer.WriteField(run.Date.Text());
                writer.WriteField(run.Cohort);
                writer.WriteField(row.SubscriberId);
                writer.WriteField((await subscribers.GetAsync(row.SubscriberId, cancellationToken))?.Subscriber.Address);
                writer.WriteField(row.State.ToString().ToLowerInvariant());
                writer.WriteField(row.Reason);
                writer.WriteField(row.LastReply is { } reply ? ContentText.OneLine(reply) : null);
                writer.WriteField(row.Attempts);
                writer.WriteField(SubscriberCsv.Text(row.At));
                writer.WriteField(SubscriberCsv.Text(row.Until));
                await writer.EndRecordAsync(cancellationToken);
                count++;
            }
        }

        return count;
    }
}
