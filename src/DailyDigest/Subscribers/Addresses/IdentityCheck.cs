using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>Detects a store whose addresses were hashed with another key.</summary>
public sealed class IdentityCheck(ITableStore tables, AddressHash hash, SumReaders figures)
{
    private const string Partition = "identity";
    private const string Row = "key";

    /// <summary>Stores the key's fingerprint in a new store. Returns null, or the fault that prevents the start.</summary>
    public async Task<string?> ExecuteAsync(CancellationToken cancellationToken)
    {
        var fingerprint = hash.Fingerprint;
        var known = await tables.GetAsync(Tables.Facts, Partition, Row, cancellationToken);
        if (known is null)
        {
            var insert = TableWrite.Insert(new TableRow(Row) { { "fingerprint", fingerprint } });
            if ((await tables.WriteAsync(Tables.Facts, Partition, insert, cancellationToken)).IsDone)
            {
                // A new store. If the program stops here, the sweep finds out by counting.
                await figures.BeginAsync(cancellationToken);
                return null;
            }

            known = await tables.GetAsync(Tables.Facts, Partition, Row, cancellationToken);
        }

        return known?.Text("fingerprint") == fingerprint
            ? null
            : "Identity__Key: this store was created with another key. With this key no reader is recognized and every unsubscribe "
                + "is lost: set the first key again.";
    }
}
