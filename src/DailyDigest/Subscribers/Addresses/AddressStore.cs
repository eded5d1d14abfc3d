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
        var row = await tables.GetAsync(Tables.Addresses, Partition(hash), hash, cancellationToken);
        return row is null
            ? new AddressRow(hash, null, null, null)
            : new AddressRow(
                hash, row.Text("subscriber"), Enum.TryParse<Suppression>(row.Text("reason"), out var reason) ? reason : null, row.ETag);
    }

    /// <summary>Inserts a row without an ETag, replaces one with it. Returns false on a concurrent change: read again.</summary>
    internal async Task<bool> WriteAsync(AddressRow address, CancellationToken cancellationToken) =>
        (await tables.WriteAsync(Tables.Addresses, Partition(address.Hash), Write(address), cancellationToken)).IsDone;

    /// <summary>
    /// Writes 1 to 100 rows of one partition as <see cref="WriteAsync"/> does, all or none. Returns them with their new versions; null on
    /// a concurrent change of one.
    /// </summary>
    internal async Task<IReadOnlyList<AddressRow>?> WriteAllAsync(IReadOnlyList<AddressRow> all, CancellationToken cancellationToken)
    {
        var result = await tables.WriteAsync(Tables.Addresses, Partition(all[0].Hash), [.. all.Select(Write)], cancellationToken);
        return result.IsDone ? [.. all.Select((one, index) => one with { ETag = result.ETags[index] })] : null;
    }

    /// <summary>The partition of the hash.</summary>
    internal static string Partition(string hash) => hash[..2];

    private static TableWrite Write(AddressRow address)
    {
        var row = new TableRow(address.Hash) { { "subscriber", address.SubscriberId }, { "reason", address.Reason?.ToString() } };
        return address.ETag is null ? TableWrite.Insert(row) : TableWrite.Update(row, address.ETag);
    }

    /// <summary>Removes the holder of the address; a suppression stays. Returns false on a concurrent change.</summary>
    internal async Task<bool> FreeAsync(AddressRow address, CancellationToken cancellationToken)
    {
        if (address.Reason is not null)
        {
            return await WriteAsync(address with { SubscriberId = null }, cancellationToken);
        }

        var delete = TableWrite.Delete(address.Hash, address.ETag);
        return (await tables.WriteAsync(Tables.Addresses, Partition(address.Hash), delete, cancellationToken)).IsDone;
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
