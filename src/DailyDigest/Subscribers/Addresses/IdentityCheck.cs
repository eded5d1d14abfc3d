using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>Refuses a store whose addresses were hashed under another key.</summary>
public sealed class IdentityCheck(ITableStore tables, AddressHash hash)
{
    private const string Partition = "identity";
    private const string Row = "key";

    /// <summary>Remembers the key's fingerprint in a new store. Returns null, or the fault that forbids to start.</summary>
    public async Task<string?> ExecuteAsync(CancellationToken cancellationToken)
    {
        var fingerprint = hash.Fingerprint;
        var known = await tables.GetAsync(Tables.Facts, Partition, Row, cancellationToken);
        if (known is null)
        {
            var insert = TableWrite.Insert(new TableRow(Row) { { "fingerprint", fingerprint } });
            if ((await tables.WriteAsync(Tables.Facts, Partition, insert, cancellationToken)).IsDone)
            {
                return null;
            }

            known = await tables.GetAsync(Tables.Facts, Partition, Row, cancellationToken);
        }

        return known?.Text("fingerprint") == fingerprint
            ? null
            : "Identity__Key: this store was begun under another key. Under this one every reader would be a stranger and every unsubscribe "
                + "forgotten: put the first key back.";
    }
}
