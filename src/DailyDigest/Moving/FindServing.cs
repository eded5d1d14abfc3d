using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Moving;

/// <summary>Finds out which processes use a store, by the rows of <see cref="StorePresence"/>.</summary>
internal static class FindServing
{
    /// <summary>Those that use it now, in words; null if there is none.</summary>
    public static async Task<string?> ExecuteAsync(ITableStore tables, CancellationToken cancellationToken)
    {
        var rows = await tables.QueryAsync(Tables.Facts, StorePresence.Partition, RowRange.All, TableRules.MaxPage, cancellationToken);
        var possible = rows.Where(row => !PartOwner.IsGone(row.Key)).ToList();
        if (possible.Count == 0)
        {
            return null;
        }

        // Compared with the store's own clock: this machine's may be wrong.
        var now = await StoreClock.NowAsync(tables, Tables.Facts, StoreMarks.Partition, cancellationToken);
        var serving = possible.Where(row => now - row.Timestamp < StorePresence.Expiry).Select(row => PartOwner.Describe(row.Key)).ToList();
        return serving.Count == 0 ? null : string.Join(", ", serving);
    }
}
