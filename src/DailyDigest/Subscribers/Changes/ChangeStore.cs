using System.Runtime.CompilerServices;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>A change that started and is not known to be complete.</summary>
/// <param name="Key">The row's key: the subscriber's id, <c>~</c> and a GUID.</param>
/// <param name="SubscriberId">The subscriber that changes.</param>
/// <param name="IsErasure">True for an erasure.</param>
/// <param name="StartedAt">By this machine's clock when created, by the store's clock when read back.</param>
/// <param name="ClaimedHash">For a move: the hash of the new address. Null for other changes.</param>
internal sealed record PendingChange(string Key, string SubscriberId, bool IsErasure, DateTimeOffset StartedAt, string? ClaimedHash = null)
{
    /// <summary>Its own part of the key: a GUID, which says nothing about the subscriber.</summary>
    public string Name => Key[(Key.IndexOf('~', StringComparison.Ordinal) + 1)..];

    /// <summary>Further subscribers that change with it.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];
}

/// <summary>Table Changes: the tick repeats these changes if a process ended between their steps.</summary>
public sealed class ChangeStore(ITableStore tables, TimeProvider time)
{
    private const string Partition = "pending";

    /// <summary>Records the start of a change.</summary>
    internal Task<PendingChange> BeginAsync(string subscriberId, bool isErasure, CancellationToken cancellationToken) =>
        BeginAsync(subscriberId, isErasure, null, [], cancellationToken);

    /// <summary>Records the start of a change to 1 to 100 subscribers.</summary>
    internal Task<PendingChange> BeginAsync(IReadOnlyList<string> subscriberIds, CancellationToken cancellationToken) =>
        BeginAsync(subscriberIds[0], isErasure: false, null, [.. subscriberIds.Skip(1)], cancellationToken);

    /// <summary>Records the start of a move to the address with this hash.</summary>
    internal Task<PendingChange> BeginMoveAsync(string subscriberId, string claimedHash, CancellationToken cancellationToken) =>
        BeginAsync(subscriberId, isErasure: false, claimedHash, [], cancellationToken);

    private async Task<PendingChange> BeginAsync(
        string subscriberId, bool isErasure, string? claimedHash, IReadOnlyList<string> others, CancellationToken cancellationToken)
    {
        var change = new PendingChange($"{subscriberId}~{Guid.NewGuid():n}", subscriberId, isErasure, time.GetUtcNow(), claimedHash)
        {
            Others = others,
        };
        await tables.WriteAsync(Tables.Changes, Partition, TableWrite.Insert(Write(change)), cancellationToken);
        return change;
    }

    /// <summary>Resets the age of the change: for a slow writer whose change would otherwise be treated as abandoned.</summary>
    internal async Task<PendingChange> RenewAsync(PendingChange change, CancellationToken cancellationToken)
    {
        change = change with { StartedAt = time.GetUtcNow() };
        await tables.WriteAsync(Tables.Changes, Partition, TableWrite.Upsert(Write(change)), cancellationToken);
        return change;
    }

    /// <summary>Records that the change is complete. Repeatable.</summary>
    internal Task EndAsync(PendingChange change, CancellationToken cancellationToken) =>
        tables.WriteAsync(Tables.Changes, Partition, TableWrite.Delete(change.Key), cancellationToken);

    /// <summary>Every change that started and did not end.</summary>
    internal async IAsyncEnumerable<PendingChange> ScanAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in tables.ScanAsync(Tables.Changes, Partition, RowRange.All, cancellationToken))
        {
            yield return new PendingChange(
                row.Key, row.Key.Split('~')[0], row.Flag("erases"), row.Timestamp ?? DateTimeOffset.MinValue, row.Text("claims"))
            {
                Others = SubscriberRow.Lines(row.Text("others")),
            };
        }
    }

    /// <summary>
    /// The store's clock. Ages of changes are measured with it, because the clock of the machine that started a change may be wrong.
    /// </summary>
    internal Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) =>
        StoreClock.NowAsync(tables, "changes", cancellationToken);

    private static TableRow Write(PendingChange change) => new(change.Key)
    {
        { "begun", change.StartedAt }, { "erases", change.IsErasure }, { "claims", change.ClaimedHash },
        { "others", SubscriberRow.Lines(change.Others) },
    };
}
