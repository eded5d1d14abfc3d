using System.Runtime.CompilerServices;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Runs;

/// <summary>
/// The keys of a cohort's readers in the table Audience: partition = cohort's key, <c>~</c> and a slice; row = subscriber id.
/// </summary>
internal static class AudienceKeys
{
    /// <summary>The partition of a slice, the first hex digit of the subscriber's id.</summary>
    public static string Partition(Cohort cohort, string slice) => $"{cohort.Key}~{slice}";

    /// <summary>
    /// The ids of everybody who is or was in the cohort, in order, from the one after <paramref name="after"/> on (null for the first),
    /// read in pages.
    /// </summary>
    public static async IAsyncEnumerable<string> ScanAsync(
        ITableStore tables, Cohort cohort, IReadOnlyList<string> slices, string? after,
            [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var slice in slices.Where(slice => after is null || string.CompareOrdinal(slice, after[..1]) >= 0))
        {
            await foreach (
                var row in tables.ScanAsync(Tables.Audience, Partition(cohort, slice), new RowRange(After: after), cancellationToken))
            {
                yield return row.Key;
            }
        }
    }
}
