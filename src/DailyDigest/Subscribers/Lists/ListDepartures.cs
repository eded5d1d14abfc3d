using CsvHelper;
using DailyDigest.Content;
using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>The people who left by any row of a list. A list that was put together has some of them twice, once as subscribed.</summary>
internal static class ListDepartures
{
    /// <summary>
    /// Reads the list from its beginning, and moves back to it. Returns the normalized addresses of rows that say that the person has left;
    /// none if the list cannot be read.
    /// </summary>
    /// <param name="csv">The seekable list.</param>
    /// <param name="languages">The languages of the publication, the default first.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<HashSet<string>> FindAsync(Stream csv, IEnumerable<string> languages, CancellationToken cancellationToken)
    {
        var left = new HashSet<string>(StringComparer.Ordinal);
        csv.Position = 0;
        await using (var letters = await ListLetters.OpenAsync(csv, languages, cancellationToken))
        {
            if (letters is not null)
            {
                using var reader = CsvReader.Create(letters.Utf8, SubscriberCsv.Reading, leaveOpen: true);
                if (await ImportHeader.FaultAsync(reader, cancellationToken) is null)
                {
                    await CollectAsync(reader, left, cancellationToken);
                }
            }
        }

        csv.Position = 0;
        return left;
    }

    private static async Task CollectAsync(CsvReader reader, HashSet<string> left, CancellationToken cancellationToken)
    {
        var (columns, rows, width) = (new ListColumns([.. reader.Headers]), new ListRows(reader), reader.Headers.Count);
        try
        {
            while (await rows.NextAsync(cancellationToken) is { } row)
            {
                if (SubscriberCsv.Departed(row, columns, width) is { } address)
                {
                    left.Add(address.Normalized);
                }
            }
        }
        catch (CsvFormatException)
        {
            // Nothing behind it is imported.
        }
    }
}
