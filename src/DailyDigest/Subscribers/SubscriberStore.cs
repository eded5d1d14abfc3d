using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>A subscriber as stored.</summary>
/// <param name="Subscriber">The subscriber.</param>
/// <param name="ETag">The version of the row.</param>
public sealed record StoredSubscriber(Subscriber Subscriber, string ETag);

/// <summary>The subscribers. Table Subscribers, partition = first 2 hex digits of the id.</summary>
public sealed class SubscriberStore(ITableStore tables)
{
    /// <summary>A new id: 32 random lower-case hex digits.</summary>
    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Returns the subscriber, or null if there is none.</summary>
    public async Task<StoredSubscriber?> GetAsync(string id, CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Subscribers, Partition(id), id, cancellationToken) is { } row
            ? new StoredSubscriber(SubscriberRow.Read(row), row.ETag!)
            : null;

    /// <summary>The ids that begin with the text (2 hex digits or more), at most <paramref name="take"/>.</summary>
    public async Task<IReadOnlyList<string>> FindIdsAsync(string prefix, int take, CancellationToken cancellationToken) =>
        [.. (await tables.QueryAsync(Tables.Subscribers, Partition(prefix), RowRange.Prefix(prefix), take, cancellationToken))
            .Select(row => row.Key)];

    /// <summary>Inserts a subscriber. Returns false if the id exists.</summary>
    public Task<bool> InsertAsync(Subscriber subscriber, CancellationToken cancellationToken) =>
        WriteAsync(subscriber.Id, TableWrite.Insert(SubscriberRow.Write(subscriber)), cancellationToken);

    /// <summary>Replaces the subscriber. Returns false if it was changed or deleted since it was read.</summary>
    public Task<bool> UpdateAsync(Subscriber subscriber, string etag, CancellationToken cancellationToken) =>
        WriteAsync(subscriber.Id, TableWrite.Update(SubscriberRow.Write(subscriber), etag), cancellationToken);

    /// <summary>
    /// Inserts 1 to 100 subscribers of one partition, all or none. Returns them as stored; null if an id exists.
    /// </summary>
    internal async Task<IReadOnlyList<StoredSubscriber>?> InsertAllAsync(
        IReadOnlyList<Subscriber> all, CancellationToken cancellationToken)
    {
        var result = await tables.WriteAsync(
            Tables.Subscribers, Partition(all[0].Id), [.. all.Select(one => TableWrite.Insert(SubscriberRow.Write(one)))],
            cancellationToken);
        return result.IsDone ? [.. all.Select((one, index) => new StoredSubscriber(one, result.ETags[index]))] : null;
    }

    /// <summary>
    /// Replaces 1 to 100 subscribers of one partition, all or none. Returns false if one was changed or deleted since it was read.
    /// </summary>
    internal async Task<bool> UpdateAllAsync(IReadOnlyList<StoredSubscriber> all, CancellationToken cancellationToken) =>
        (await tables.WriteAsync(
            Tables.Subscribers, Partition(all[0].Subscriber.Id),
            [.. all.Select(one => TableWrite.Update(SubscriberRow.Write(one.Subscriber), one.ETag))], cancellationToken)).IsDone;

    /// <summary>Deletes the subscriber. Returns false if there is none.</summary>
    public Task<bool> DeleteAsync(string id, CancellationToken cancellationToken) =>
        WriteAsync(id, TableWrite.Delete(id), cancellationToken);

    /// <summary>Deletes the subscriber. Returns false if it was changed or deleted since it was read.</summary>
    public Task<bool> DeleteAsync(string id, string etag, CancellationToken cancellationToken) =>
        WriteAsync(id, TableWrite.Delete(id, etag), cancellationToken);

    /// <summary>All subscribers ordered by id, starting after <paramref name="after"/>; null for the first.</summary>
    public async IAsyncEnumerable<Subscriber> ScanAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var first = after is { Length: >= 2 }
            && int.TryParse(after[..2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var begin) ? begin : 0;
        for (var partition = first; partition < 256; partition++)
        {
            var range = partition == first ? new RowRange(After: after) : RowRange.All;
            await foreach (var row in tables.ScanAsync(
                Tables.Subscribers, partition.ToString("x2", CultureInfo.InvariantCulture), range, cancellationToken))
            {
                yield return SubscriberRow.Read(row);
            }
        }
    }

    /// <summary>The same, but only subscribers with the status; null for all except those in erasure.</summary>
    public IAsyncEnumerable<Subscriber> ScanAsync(SubscriberStatus? status, string? after, CancellationToken cancellationToken) =>
        ScanAsync(after, cancellationToken).Where(
            subscriber => status is null ? subscriber.Status != SubscriberStatus.Erased : subscriber.Status == status);

    /// <summary>The partition of the id.</summary>
    internal static string Partition(string id) => id[..2];

    private async Task<bool> WriteAsync(string id, TableWrite write, CancellationToken cancellationToken) =>
        (await tables.WriteAsync(Tables.Subscribers, Partition(id), write, cancellationToken)).IsDone;
}
