using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>Notes on an import, a line each. None of them is a fault.</summary>
internal static class ImportNotes
{
    public static IEnumerable<string> Of(ImportReport report)
    {
        if (report.Letters is { } letters)
        {
            yield return $"The file is not UTF-8: {letters.Assumption} ({Format.Count(letters.Count)})"
                + $"{(letters.Examples.Length > 0 ? $", such as {letters.Examples}" : "")}. If these letters are wrong, save it as UTF-8.";
        }

        if (report is { DateColumn: { } column, Rows: > 0 } && !column.Equals("consent_at", StringComparison.OrdinalIgnoreCase))
        {
            yield return $"The dates of consent were read from the column {column}.";
        }

        if (report.Undated > 0)
        {
            yield return $"{Format.Count(report.Undated, "row")} had no date: the date of consent is recorded as unknown.";
        }

        if (report.Inactive > 0)
        {
            yield return $"{Format.Count(report.Inactive, "row")} left out: the status in the file is empty or not active.";
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
}
