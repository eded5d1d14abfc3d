using DailyDigest.Calendar;
using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>
/// Reads a service's export as a suppression list: who has left by it, with the reason and the instant that it says. Everybody else is
/// skipped.
/// </summary>
internal sealed class ExportedDepartures(ListColumns columns, int width)
{
    /// <summary>Why the export cannot be read; null if it can.</summary>
    public string? Fault => columns.Fault ?? (columns.HasEmail ? null : "Line 1 names no column of addresses.");

    /// <summary>The name of the service; null if it can be several.</summary>
    public string? Service => columns.Service?.Name;

    /// <summary>
    /// Reads a row. Returns the line, or the faults in sentences without the address; neither if the person has not left.
    /// </summary>
    public (SuppressionLine? Line, string Faults) Read(ListRow row, string source, DayMonth order, DateTimeOffset now)
    {
        if (SubscriberCsv.Broken(row, width) is { } broken)
        {
            return (null, broken);
        }

        string? cell(int index) => SubscriberCsv.Cell(row, index);
        var (left, notUnderstood) = columns.States.Of(cell);
        if (left is null or { IsKnown: true, Reason: null })
        {
            return (null, notUnderstood is null ? ""
                : $"{notUnderstood}: neither yes nor no, so it is not known whether the reader has left.");
        }

        if (left.Reason is not { } reason)
        {
            return (null, $"{left.Column}: '{left.Value}' is not a known state, so it is not known whether the reader has left.");
        }

        if (!EmailAddress.TryParse(SubscriberCsv.Unescape(columns.Value("email", cell)), out var address))
        {
            return (null, "email: not an address.");
        }

        DateTimeOffset? since = null;
        if (columns.States.Since(cell) is var (column, date))
        {
            if (ConsentDate.TryRead(date, order, now, out var instant) is { } fault)
            {
                return (null, $"{column}: {fault}");
            }

            since = instant;
        }

        return (new SuppressionLine(address, null, reason, since, source), "");
    }
}
