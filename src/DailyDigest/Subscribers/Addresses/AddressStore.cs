using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>Why an address is not to be mailed.</summary>
public enum Suppression
{
    /// <summary>It does not take mail.</summary>
    Bounced,

    /// <summary>Its reader reported the digest as spam.</summary>
    Complained,

    /// <summary>Its reader asked to be forgotten.</summary>
    Erased,

    /// <summary>An operator blocked it. Alone among the reasons it also stops confirmations, until an operator takes it back.</summary>
    Blocked,
}

/// <summary>What is known of an address, which itself is not stored here.</summary>
/// <param name="Hash">Its keyed hash.</param>
/// <param name="SubscriberId">Whose it is; null for nobody's.</param>
/// <param name="Reason">Why it is not to be mailed; null if it may be.</param>
/// <param name="ETag">The version of the row; null for one not stored yet.</param>
internal sealed record AddressRow(string Hash, string? SubscriberId, Suppression? Reason, string? ETag);

/// <summary>Keyed hashes of addresses: table Addresses, partition = first 2 hex digits of the hash.</summary>
public sealed class AddressStore(ITableStore tables)
{
    /// <summary>Returns what is known of the address; never null, but without an ETag if nothing is.</summary>
    internal async Task<AddressRow> GetAsync(string hash, CancellationToken cancellationToken)
    {
        var row = await tables.GetAsync(Tables.Addresses, hash[..2], hash, cancellationToken);
        return row is null
            ? new AddressRow(hash, null, null, null)
            : new AddressRow(hash, row.Text("subscriber"), Enum.TryParse<Suppression>(row.Text("reason"), out var reason) ? reason : null, row.ETag);
    }

    /// <summary>Writes the row: inserts one that has no ETag, otherwise replaces it. Returns false if somebody else was first: read again.</summary>
    internal async Task<bool> WriteAsync(AddressRow address, CancellationToken cancellationToken)
    {
        var row = new TableRow(address.Hash) { { "subscriber", address.SubscriberId }, { "reason", address.Reason?.ToString() } };
        var write = address.ETag is null ? TableWrite.Insert(row) : TableWrite.Update(row, address.ETag);
        return (await tables.WriteAsync(Tables.Addresses, address.Hash[..2], write, cancellationToken)).IsDone;
    }

    /// <summary>Makes the address nobody's as it was read; what suppresses it stays. Returns false if somebody changed it since.</summary>
    internal async Task<bool> FreeAsync(AddressRow address, CancellationToken cancellationToken) => address.Reason is null
        ? (await tables.WriteAsync(Tables.Addresses, address.Hash[..2], TableWrite.Delete(address.Hash, address.ETag), cancellationToken)).IsDone
        : await WriteAsync(address with { SubscriberId = null }, cancellationToken);

    /// <summary>Changes the row until the change holds, whoever else writes.</summary>
    internal async Task<AddressRow> ChangeAsync(string hash, Func<AddressRow, AddressRow> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = await GetAsync(hash, cancellationToken);
            var after = change(before);
            if (after == before || await WriteAsync(after, cancellationToken))
            {
                return after;
            }
        }
    }
}
