using CsvHelper;
using DailyDigest.Content;

namespace DailyDigest.Subscribers;

/// <summary>Reads the first line of a list, which names its columns.</summary>
internal static class ImportHeader
{
    private const string Expected =
        "Expected: a first line that names the columns, such as email,zone,hour,rhythm,language,sections,consent_at; "
            + "only email is required.";

    private const int MaxShown = 200;

    /// <summary>
    /// Reads the line. Returns the columns, null if there are none; and null, or what was found and what was expected. An address is not
    /// repeated.
    /// </summary>
    public static async Task<(ListColumns? Columns, string? Fault)> ReadAsync(CsvReader reader, CancellationToken cancellationToken)
    {
        try
        {
            await reader.ReadHeaderAsync(cancellationToken);
        }
        catch (CsvFormatException)
        {
            return (null, "Line 1: not CSV. " + Expected);
        }

        var headers = reader.Headers.ToList();
        var columns = new ListColumns(headers);
        if (columns.HasEmail)
        {
            return (columns, columns.Fault);
        }

        var found = ContentText.OneLine(string.Join(", ", headers)).Trim();
        return (null, (headers.Any(header => header.Contains('@', StringComparison.Ordinal))
            ? "Line 1 has an address, so it seems to be a row. "
            : found.Length == 0 ? "Line 1 names no column. "
            : $"Line 1 names no column email, but: {(found.Length <= MaxShown ? found : found[..MaxShown] + "…")}. ") + Expected);
    }
}
