using System.Globalization;
using DailyDigest.Mailing;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>An entry of the suppression list: an address, or a hash of one that was brought by a list.</summary>
/// <param name="Key">The keyed hash of the address, or of its hash: 64 lower-case hex digits.</param>
/// <param name="Reason">Why no mail is sent.</param>
/// <param name="Since">Since when; for an entry from before there was a list, its last change.</param>
/// <param name="Source">The list that brought it; null if it happened here.</param>
/// <param name="Digest">The hash that was brought; null for an address.</param>
public sealed record SuppressionEntry(string Key, Suppression Reason, DateTimeOffset Since, string? Source, AddressDigest? Digest)
{
    /// <summary>True for a hash whose address was seen since: the reason has moved to the address.</summary>
    internal bool IsAdopted { get; init; }
}

/// <summary>
/// The suppression list. In table Addresses beside the rows of addresses: row = <c>~</c> and the key, in the partition of the key. The
/// entry of an address is written in the batch that changes its reason. The entry of a hash has no address row: it waits until the
/// address is seen.
/// </summary>
public sealed class SuppressionStore(ITableStore tables)
{
    /// <summary>The partition of table Facts with what is known about the list.</summary>
    internal const string FactPartition = "suppressions";

    private const string DigestsRow = "digests";
    private const string Prefix = "~";
    private const int MaxConcurrency = 16;

    /// <summary>
    /// The entries in the order of their keys, from the one after <paramref name="after"/> on; fewer than asked at the end.
    /// </summary>
    public async Task<IReadOnlyList<SuppressionEntry>> ListAsync(string? after, int take, CancellationToken cancellationToken)
    {
        var found = new List<SuppressionEntry>();
        var first = after is null ? 0 : ReaderPartitions.NumberOf(AddressStore.Partition(after));
        foreach (var some in Enumerable.Range(first, ReaderPartitions.Count - first).Chunk(MaxConcurrency))
        {
            foreach (var entries in await Task.WhenAll(some.Select(number => ListAsync(
                ReaderPartitions.NameOf(number), number == first ? after : null, take, cancellationToken))))
            {
                found.AddRange(entries);
            }

            if (found.Count >= take)
            {
                break;
            }
        }

        return found.Count > take ? found[..take] : found;
    }

    private async Task<IReadOnlyList<SuppressionEntry>> ListAsync(
        string partition, string? after, int take, CancellationToken cancellationToken)
    {
        var found = new List<SuppressionEntry>();
        var range = RowRange.Prefix(Prefix) with { After = after is null ? null : Prefix + after };
        var page = Math.Min(take, TableRules.MaxPage);
        for (var more = true; more && found.Count < take;)
        {
            var rows = await tables.QueryAsync(Tables.Addresses, partition, range, page, cancellationToken);
            found.AddRange(rows.Select(Read).OfType<SuppressionEntry>().Where(entry => !entry.IsAdopted));
            more = rows.Count == page;
            range = more ? range with { After = rows[^1].Key } : range;
        }

        return found;
    }

    /// <summary>The entry with the key; null for none.</summary>
    public async Task<SuppressionEntry?> GetAsync(string key, CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Addresses, AddressStore.Partition(key), Prefix + key, cancellationToken) is { } row
            && Read(row) is { IsAdopted: false } entry ? entry : null;

    /// <summary>
    /// The entry of a hash of the address that was brought by a list, the strongest reason first; null for none. It reads two rows,
    /// whatever the address.
    /// </summary>
    internal async Task<SuppressionEntry?> FindAsync(AddressHash hash, EmailAddress address, CancellationToken cancellationToken) =>
        (await Task.WhenAll(AddressDigest.AllOf(address).Select(digest => GetAsync(hash.OfDigest(digest), cancellationToken))))
            .OfType<SuppressionEntry>().MaxBy(entry => entry.Reason);

    /// <summary>True if a list has brought a hash. If none has, an import of readers saves two requests for each row.</summary>
    internal async Task<bool> HasDigestsAsync(CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Facts, FactPartition, DigestsRow, cancellationToken) is not null;

    /// <summary>Notes that a list brings hashes. Call it before the first is stored.</summary>
    internal Task NoteDigestsAsync(CancellationToken cancellationToken) =>
        tables.WriteAsync(Tables.Facts, FactPartition, TableWrite.Upsert(new TableRow(DigestsRow)), cancellationToken);

    /// <summary>Deletes the entries of hashes of the address. Returns true if there were any.</summary>
    internal async Task<bool> ForgetAsync(AddressHash hash, EmailAddress address, CancellationToken cancellationToken)
    {
        var any = false;
        foreach (var digest in AddressDigest.AllOf(address))
        {
            any |= await DeleteDigestAsync(hash.OfDigest(digest), cancellationToken);
        }

        return any;
    }

    /// <summary>Deletes the entry of a hash. Returns false if there is none. The entry of an address follows its row.</summary>
    internal async Task<bool> DeleteDigestAsync(string key, CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Addresses, AddressStore.Partition(key), Prefix + key, cancellationToken) is { } row
        && Read(row) is { Digest: not null }
        && (await tables.WriteAsync(
            Tables.Addresses, AddressStore.Partition(key), TableWrite.Delete(Prefix + key), cancellationToken)).IsDone;

    /// <summary>
    /// Notes that the reason of a hash has moved to its address. The hash stays, so that the same list again does not bring it again.
    /// </summary>
    internal async Task AdoptAsync(SuppressionEntry entry, CancellationToken cancellationToken) => await tables.WriteAsync(
        Tables.Addresses, AddressStore.Partition(entry.Key), TableWrite.Upsert(ToRow(entry with { IsAdopted = true })), cancellationToken);

    /// <summary>Inserts 1 to 100 entries of hashes in one partition, all or none. Returns false if one exists.</summary>
    internal async Task<bool> InsertAllAsync(IReadOnlyList<SuppressionEntry> entries, CancellationToken cancellationToken) =>
        (await tables.WriteAsync(
            Tables.Addresses, AddressStore.Partition(entries[0].Key), [.. entries.Select(one => TableWrite.Insert(ToRow(one)))],
            cancellationToken)).IsDone;

    /// <summary>
    /// Stores the entry of a hash, unless there is one with the same or a stronger reason. Returns true if it was stored.
    /// </summary>
    internal async Task<bool> AddAsync(SuppressionEntry entry, CancellationToken cancellationToken)
    {
        var partition = AddressStore.Partition(entry.Key);
        while (true)
        {
            var row = await tables.GetAsync(Tables.Addresses, partition, Prefix + entry.Key, cancellationToken);
            if (row is not null && Read(row) is { } known && known.Reason >= entry.Reason)
            {
                return false;
            }

            var write = row is null ? TableWrite.Insert(ToRow(entry)) : TableWrite.Update(ToRow(entry), row.ETag!);
            if ((await tables.WriteAsync(Tables.Addresses, partition, write, cancellationToken)).IsDone)
            {
                return true;
            }
        }
    }

    /// <summary>The write that follows a change of the reason of an address, for the batch of this change; null for none.</summary>
    internal static TableWrite? Following(AddressRow address) => (address.Reason, address.IsListed) switch
    {
        (null, true) => TableWrite.Delete(Prefix + address.Hash),
        (null, false) => null,
        _ => TableWrite.Upsert(new TableRow(Prefix + address.Hash)
        {
            { "reason", address.Reason.ToString() }, { "since", address.Since }, { "source", address.Source },
        }),
    };

    /// <summary>True for a row of the list, false for that of an address.</summary>
    internal static bool IsEntry(TableRow row) => row.Key.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The hash of the address that a row of the list is about; null if a list brought only a hash.</summary>
    internal static string? AddressOf(TableRow row) => row.Text("digest") is null ? row.Key[Prefix.Length..] : null;

    private static TableRow ToRow(SuppressionEntry entry) => new(Prefix + entry.Key)
    {
        { "reason", entry.Reason.ToString() }, { "since", entry.Since }, { "source", entry.Source }, { "digest", entry.Digest?.Hex },
        { "adopted", entry.IsAdopted ? true : null },
    };

    private static SuppressionEntry? Read(TableRow row) => Enum.TryParse<Suppression>(row.Text("reason"), out var reason)
        ? new SuppressionEntry(
            row.Key[Prefix.Length..], reason, row.Instant("since") ?? row.Timestamp ?? DateTimeOffset.UnixEpoch, row.Text("source"),
            AddressDigest.Parse(row.Text("digest")))
        {
            IsAdopted = row.Flag("adopted"),
        }
        : null;
}
