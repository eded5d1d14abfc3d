using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>Notes on an import, a line each. None of them is a fault.</summary>
internal static class ImportNotes
{
    /// <param name="report">The report of this call.</param>
    /// <param name="dryRun">True to say also what each column is read as.</param>
    public static IEnumerable<string> Of(ImportReport report, bool dryRun)
    {
        if (report.Service is { } service)
        {
            yield return $"This is an export of {service}.";
        }

        if (dryRun && report.Columns.Count > 0)
        {
            yield return "The columns are read as:";
            foreach (var line in ColumnLines.Of(report.Columns))
            {
                yield return line;
            }
        }

        foreach (var note in report.Notes)
        {
            yield return Words(note);
        }

        if (report.Letters is { } letters)
        {
            yield return $"The file is not UTF-8: {letters.Assumption} ({Format.Count(letters.Count)})"
                + $"{(letters.Examples.Length > 0 ? $", such as {letters.Examples}" : "")}. If these letters are wrong, save it as UTF-8.";
        }

        if (report is { DateColumn: { } column, Rows: > 0 } && !column.Equals("consent_at", StringComparison.OrdinalIgnoreCase))
        {
            yield return column.Contains(", ", StringComparison.Ordinal)
                ? $"The dates of consent were read from the columns {column}: the first that a row has."
                : $"The dates of consent were read from the column {column}.";
        }

        if (report.Undated > 0)
        {
            yield return $"{Format.Count(report.Undated, "row")} had no date: the date of consent is recorded as unknown.";
        }

        if (report.Inactive > 0)
        {
            yield return $"{Format.Count(report.Inactive, "row")} left out: the status in the file is empty or not active.";
            foreach (var line in StateLines.Of(report.States))
            {
                yield return line;
            }
        }

        if (report.IsOfDepartures)
        {
            yield return "Nobody in this file is subscribed. Bring it as a suppression list, so that no later import adds them: "
                + "suppressions import FILE --source NAME";
        }

        if (report.Repeated > 0)
        {
            yield return $"{Format.Count(report.Repeated, "row")} repeated in the file: the first row of an address counts.";
        }

        if (report.LeftOut > 0)
        {
            yield return $"{Format.Count(report.LeftOut, "row")} left out: these readers left, complained, bounced, were blocked or erased "
                + "here, or have not confirmed yet.";
        }

        foreach (var line in UnmatchedLines.Of(report.Unmatched))
        {
            yield return line;
        }
    }

    private static string Words(ListNote note) => note switch
    {
        ListNote.OffsetsAreNoZones => "GMTOFF and DSTOFF are offsets and no time zones, so they are not used. TIMEZONE is.",
        ListNote.ListsAreNotIn => "This export does not say who unsubscribed from a list. It must have been exported from one list, with "
            + "only its confirmed subscribers; of a list without confirmation, without the unsubscribed ones.",
        _ => "This export has a row for each list of a reader. Who left one of these lists is left out: export only the lists that move.",
    };
}
