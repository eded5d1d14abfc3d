using System.Diagnostics.CodeAnalysis;
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
public sealed class SubscriberStore(ITableStore tables, ReaderCounts counts)
{
    /// <summary>Hex digits of an id.</summary>
    public const int IdLength = 32;

    /// <summary>True if the text has the form of an id.</summary>
    public static bool IsId([NotNullWhen(true)] string? text) =>
        text is { Length: IdLength } && text.All(char.IsAsciiHexDigitLower);

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
        WriteAsync(subscriber.Id, TableWrite.Insert(SubscriberRow.Write(subscriber)), null, subscriber, cancellationToken);

    /// <summary>Replaces the subscriber. Returns false if it was changed or deleted since it was read.</summary>
    /// <param name="before">The subscriber as read.</param>
    /// <param name="after">The subscriber as it is to be.</param>
    /// <param name="cancellationToken">Cancels it; it may be stored.</param>
    /// <param name="always">True to make the same requests whether or not something changes that is counted.</param>
    public Task<bool> UpdateAsync(
        StoredSubscriber before, Subscriber after, CancellationToken cancellationToken, bool always = false) =>
        WriteAsync(
            after.Id, TableWrite.Update(SubscriberRow.Write(after), before.ETag), before.Subscriber, after, cancellationToken, always);

    /// <summary>
    /// Inserts 1 to 99 subscribers of one partition, all or none. Returns them as stored; null if an id exists.
    /// </summary>
    internal async Task<IReadOnlyList<StoredSubscriber>?> InsertAllAsync(
        IReadOnlyList<Subscriber> all, CancellationToken cancellationToken)
    {
        var result = await counts.WriteAsync(
            Partition(all[0].Id), [.. all.Select(one => TableWrite.Insert(SubscriberRow.Write(one)))],
            ReaderChange.Of(all.Select(one => ((Subscriber?)null, (Subscriber?)one))), always: false, cancellationToken);
        return result.IsDone ? [.. all.Select((one, index) => new StoredSubscriber(one, result.ETags[index]))] : null;
    }

    /// <summary>
    /// Replaces 1 to 99 subscribers of one partition, all or none. Returns false if one was changed or deleted since it was read.
    /// </summary>
    internal async Task<bool> UpdateAllAsync(
        IReadOnlyList<(StoredSubscriber Before, Subscriber After)> all, CancellationToken cancellationToken) =>
        (await counts.WriteAsync(
            Partition(all[0].After.Id),
            [.. all.Select(one => TableWrite.Update(SubscriberRow.Write(one.After), one.Before.ETag))],
            ReaderChange.Of(all.Select(one => ((Subscriber?)one.Before.Subscriber, (Subscriber?)one.After))), always: false,
            cancellationToken)).IsDone;

    /// <summary>Deletes the subscriber, also if it is changed meanwhile. Returns false if there is none.</summary>
    public async Task<bool> DeleteAsync(string id, CancellationToken cancellationToken)
    {
        while (await GetAsync(id, cancellationToken) is { } stored)
        {
            if (await DeleteAsync(stored, cancellationToken))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Deletes the subscriber. Returns false if it was changed or deleted since it was read.</summary>
    public Task<bool> DeleteAsync(StoredSubscriber before, CancellationToken cancellationToken) => WriteAsync(
        before.Subscriber.Id, TableWrite.Delete(before.Subscriber.Id, before.ETag), before.Subscriber, null, cancellationToken);

    /// <summary>All subscribers ordered by id, starting after <paramref name="after"/>; null for the first.</summary>
    public async IAsyncEnumerable<Subscriber> ScanAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var first = after is { Length: >= 2 }
            && int.TryParse(after[..2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var begin) ? begin : 0;
        for (var partition = first; partition < 256; partition++)
        {
            var range = ReaderCountRow.Subscribers with { After = partition == first ? after : null };
            await foreach (var row in tables.ScanAsync(
                Tables.Subscribers, partition.ToString("x2", CultureInfo.InvariantCulture), range, cancellationToken))
            {
                yield return SubscriberRow.Read(row);
            }
        }
    }

    /// <summary>The subscribers of one partition, ordered by id. <see cref="ReaderPartitions"/> has their number.</summary>
    internal IAsyncEnumerable<Subscriber> ScanPartitionAsync(int number, CancellationToken cancellationToken) => tables
        .ScanAsync(Tables.Subscribers, ReaderPartitions.NameOf(number), ReaderCountRow.Subscribers, cancellationToken)
        .Select(SubscriberRow.Read);

    /// <summary>All subscribers, but only those with the status; null for all except those in erasure.</summary>
    public IAsyncEnumerable<Subscriber> ScanAsync(SubscriberStatus? status, string? after, CancellationToken cancellationToken) =>
        ScanAsync(after, cancellationToken).Where(
            subscriber => status is null ? subscriber.Status != SubscriberStatus.Erased : subscriber.Status == status);

    /// <summary>The partition of the id.</summary>
    internal static string Partition(string id) => id[..2];

    private async Task<bool> WriteAsync(
        string id, TableWrite write, Subscriber? before, Subscriber? after, CancellationToken cancellationToken, bool always = false) =>
        (await counts.WriteAsync(Partition(id), [write], ReaderChange.Of([(before, after)]), always, cancellationToken)).IsDone;
}
