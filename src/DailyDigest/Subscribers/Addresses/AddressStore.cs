using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>Why an address must not be mailed. The order is the precedence: a higher value replaces a lower one.</summary>
public enum Suppression
{
    /// <summary>A list from elsewhere says that its reader left. A new sign-up that is confirmed lifts it.</summary>
    Unsubscribed,

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
internal sealed record AddressRow(string Hash, string? SubscriberId, Suppression? Reason, string? ETag)
{
    /// <summary>For a new reason: since when it holds; null for now.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>For a new reason: the list that brought it; null for none.</summary>
    public string? Source { get; init; }

    /// <summary>The reason as read.</summary>
    public Suppression? Stored { get; init; }

    /// <summary>True if the suppression list has the address. False only for a reason from before there was a list.</summary>
    public bool IsListed { get; init; }
}

/// <summary>Addresses by keyed hash. Table Addresses, partition = first 2 hex digits of the hash.</summary>
public sealed class AddressStore(ITableStore tables)
{
    /// <summary>The suppression list.</summary>
    public SuppressionStore Suppressions { get; } = new(tables);

    /// <summary>Returns the state of the address; an empty row without an ETag if none is stored.</summary>
    internal async Task<AddressRow> GetAsync(string hash, CancellationToken cancellationToken)
    {
        var row = await tables.GetAsync(Tables.Addresses, Partition(hash), hash, cancellationToken);
        return row is null ? new AddressRow(hash, null, null, null) : Read(row);
    }

    /// <summary>
    /// Why the address of a row must not be mailed, also if a list brought only a hash of it; null if it may be mailed.
    /// </summary>
    internal async Task<Suppression?> ReasonAsync(
        AddressRow known, AddressHash hash, EmailAddress address, CancellationToken cancellationToken) =>
        await Suppressions.FindAsync(hash, address, cancellationToken) is { } entry && !(known.Reason >= entry.Reason)
            ? entry.Reason : known.Reason;

    /// <summary>Moves the reason of a hash to the address that it means. Returns the row of the address as stored. Repeatable.</summary>
    internal async Task<AddressRow> AdoptAsync(
        SuppressionEntry entry, AddressHash hash, EmailAddress address, CancellationToken cancellationToken)
    {
        await ChangeAsync(
            hash.Of(address),
            known => known.Reason >= entry.Reason
                ? known : known with { Reason = entry.Reason, Since = entry.Since, Source = entry.Source },
            cancellationToken);
        await Suppressions.AdoptAsync(entry, cancellationToken);
        return await GetAsync(hash.Of(address), cancellationToken);
    }

    /// <summary>
    /// Inserts a row without an ETag, replaces one with it. A changed reason changes the suppression list in the same batch. Returns false
    /// on a concurrent change: read again.
    /// </summary>
    internal async Task<bool> WriteAsync(AddressRow address, CancellationToken cancellationToken)
    {
        List<TableWrite> writes = [Write(address)];
        if (address.Reason != address.Stored && SuppressionStore.Following(address) is { } following)
        {
            writes.Add(following);
        }

        return (await tables.WriteAsync(Tables.Addresses, Partition(address.Hash), writes, cancellationToken)).IsDone;
    }

    /// <summary>
    /// Lets the suppression list follow the addresses of a partition: a version from before there was a list changes only the address.
    /// Reads the partition, and returns how many rows it has.
    /// </summary>
    internal async Task<int> FollowAllAsync(string partition, CancellationToken cancellationToken)
    {
        var (count, missing, stale) = (0, new Dictionary<string, TableRow>(StringComparer.Ordinal), new List<TableRow>());
        await foreach (var row in tables.ScanAsync(Tables.Addresses, partition, RowRange.All, cancellationToken))
        {
            // The rows of the list come after those of the addresses.
            count++;
            if (!SuppressionStore.IsEntry(row))
            {
                if (Read(row).Reason is not null)
                {
                    missing[row.Key] = row;
                }
            }
            else if (SuppressionStore.AddressOf(row) is { } hash)
            {
                if (!missing.TryGetValue(hash, out var suppressed))
                {
                    stale.Add(row);
                }
                else if (Read(suppressed).IsListed)
                {
                    missing.Remove(hash);
                }
            }
        }

        // A row that was changed since was listed by that change, or its reason was lifted.
        foreach (var row in missing.Values)
        {
            var known = Read(row) with { IsListed = true };
            await tables.WriteAsync(
                Tables.Addresses, partition,
                [Write(known), SuppressionStore.Following(known with { Since = row.Timestamp })!], cancellationToken);
        }

        foreach (var row in stale)
        {
            if ((await GetAsync(SuppressionStore.AddressOf(row)!, cancellationToken)).Reason is null)
            {
                await tables.WriteAsync(Tables.Addresses, partition, TableWrite.Delete(row.Key, row.ETag), cancellationToken);
            }
        }

        return count;
    }

    /// <summary>
    /// Writes 1 to 100 rows of one partition, whose reasons do not change, all or none. Returns them with their new versions; null on
    /// a concurrent change of one.
    /// </summary>
    internal async Task<IReadOnlyList<AddressRow>?> WriteAllAsync(IReadOnlyList<AddressRow> all, CancellationToken cancellationToken)
    {
        var result = await tables.WriteAsync(Tables.Addresses, Partition(all[0].Hash), [.. all.Select(Write)], cancellationToken);
        return result.IsDone ? [.. all.Select((one, index) => one with { ETag = result.ETags[index] })] : null;
    }

    /// <summary>The partition of the hash.</summary>
    internal static string Partition(string hash) => hash[..2];

    private static AddressRow Read(TableRow row)
    {
        // A reason of a newer version stops mail, too: an older program may run beside it during an upgrade.
        Suppression? reason = row.Text("reason") is not { } text ? null
            : Enum.TryParse<Suppression>(text, out var known) && Enum.IsDefined(known) ? known : Suppression.Blocked;
        return new AddressRow(row.Key, row.Text("subscriber"), reason, row.ETag) { Stored = reason, IsListed = row.Flag("listed") };
    }

    private static TableWrite Write(AddressRow address)
    {
        var isListed = address.Reason is not null && (address.IsListed || address.Reason != address.Stored);
        var row = new TableRow(address.Hash)
        {
            { "subscriber", address.SubscriberId }, { "reason", address.Reason?.ToString() }, { "listed", isListed ? true : null },
        };
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
