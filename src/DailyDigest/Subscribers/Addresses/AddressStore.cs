using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>Why an address must not be mailed. The order is the precedence: a higher value replaces a lower one.</summary>
public enum Suppression
{
    /// <summary>Its server rejects mail to it.</summary>
    Bounced,

    /// <summary>Its reader reported the digest as spam.</summary>
    Complained,

    /// <summary>Its reader asked for erasure.</summary>
    Erased,

    /// <summary>An operator blocked it. Only this reason also stops confirmation mails; only an operator can lift it.</summary>
    Blocked,
}

/// <summary>The state of an address. The address itself is not stored here.</summary>
/// <param name="Hash">Its keyed hash.</param>
/// <param name="SubscriberId">The subscriber who holds it; null for none.</param>
/// <param name="Reason">Why it must not be mailed; null if it may be mailed.</param>
/// <param name="ETag">The version of the row; null if it is not stored yet.</param>
internal sealed record AddressRow(string Hash, string? SubscriberId, Suppression? Reason, string? ETag);

/// <summary>Addresses by keyed hash. Table Addresses, partition = first 2 hex digits of the hash.</summary>
public sealed class AddressStore(ITableStore tables)
{
    /// <summary>Returns the state of the address; an empty row without an ETag if none is stored.</summary>
    internal async Task<AddressRow> GetAsync(string hash, CancellationToken cancellationToken)
    {
        var row = await tables.GetAsync(Tables.Addresses, hash[..2], hash, cancellationToken);
        return row is null
            ? new AddressRow(hash, null, null, null)
            : new AddressRow(
                hash, row.Text("subscriber"), Enum.TryParse<Suppression>(row.Text("reason"), out var reason) ? reason : null, row.ETag);
    }

    /// <summary>Inserts a row without an ETag, replaces one with it. Returns false on a concurrent change: read again.</summary>
    internal async Task<bool> WriteAsync(AddressRow address, CancellationToken cancellationToken)
    {
        var row = new TableRow(address.Hash) { { "subscriber", address.SubscriberId }, { "reason", address.Reason?.ToString() } };
        var write = address.ETag is null ? TableWrite.Insert(row) : TableWrite.Update(row, address.ETag);
        return (await tables.WriteAsync(Tables.Addresses, address.Hash[..2], write, cancellationToken)).IsDone;
    }

    /// <summary>Removes the holder of the address; a suppression stays. Returns false on a concurrent change.</summary>
    internal async Task<bool> FreeAsync(AddressRow address, CancellationToken cancellationToken)
    {
        if (address.Reason is not null)
        {
            return await WriteAsync(address with { SubscriberId = null }, cancellationToken);
        }

        var delete = TableWrite.Delete(address.Hash, address.ETag);
        return (await tables.WriteAsync(Tables.Addresses, address.Hash[..2], delete, cancellationToken)).IsDone;
    }

    /// <summary>Applies the change and retries it on concurrent changes. Returns the row as stored.</summary>
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
