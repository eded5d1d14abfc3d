using System.Runtime.CompilerServices;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>A change that was begun and is not known to be finished.</summary>
/// <param name="Key">The row's key: the subscriber's id, <c>~</c> and a GUID.</param>
/// <param name="SubscriberId">Whose.</param>
/// <param name="Erases">True if the subscriber is to be erased.</param>
/// <param name="Begun">When: of one that was read back, by the store's clock.</param>
/// <param name="Claims">The hash of the address that the subscriber moves to; null if it is no move.</param>
internal sealed record PendingChange(string Key, string SubscriberId, bool Erases, DateTimeOffset Begun, string? Claims = null);

/// <summary>Table Changes: what the tick repeats when a process ended between the steps of a change.</summary>
public sealed class ChangeStore(ITableStore tables, TimeProvider time)
{
    private const string Partition = "pending";

    /// <summary>Notes that a change begins.</summary>
    internal Task<PendingChange> BeginAsync(string subscriberId, bool erases, CancellationToken cancellationToken) =>
        BeginAsync(subscriberId, erases, null, cancellationToken);

    /// <summary>Notes that a move to the address of that hash begins.</summary>
    internal Task<PendingChange> BeginMoveAsync(string subscriberId, string claims, CancellationToken cancellationToken) =>
        BeginAsync(subscriberId, erases: false, claims, cancellationToken);

    private async Task<PendingChange> BeginAsync(string subscriberId, bool erases, string? claims, CancellationToken cancellationToken)
    {
        var change = new PendingChange($"{subscriberId}~{Guid.NewGuid():n}", subscriberId, erases, time.GetUtcNow(), claims);
        await tables.WriteAsync(Tables.Changes, Partition, TableWrite.Insert(Write(change)), cancellationToken);
        return change;
    }

    /// <summary>Writes the row anew, for a writer that was so slow that its first one may have been taken for left behind.</summary>
    internal async Task<PendingChange> RenewAsync(PendingChange change, CancellationToken cancellationToken)
    {
        change = change with { Begun = time.GetUtcNow() };
        await tables.WriteAsync(Tables.Changes, Partition, TableWrite.Upsert(Write(change)), cancellationToken);
        return change;
    }

    /// <summary>The change is done; ending it twice is ending it once.</summary>
    internal Task EndAsync(PendingChange change, CancellationToken cancellationToken) =>
        tables.WriteAsync(Tables.Changes, Partition, TableWrite.Delete(change.Key), cancellationToken);

    /// <summary>Every change that was begun and not ended.</summary>
    internal async IAsyncEnumerable<PendingChange> ScanAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in tables.ScanAsync(Tables.Changes, Partition, RowRange.All, cancellationToken))
        {
            yield return new PendingChange(
                row.Key, row.Key.Split('~')[0], row.Flag("erases"), row.Timestamp ?? DateTimeOffset.MinValue, row.Text("claims"));
        }
    }

    /// <summary>The store's clock, by which the age of a change is measured: the one who began it may be a machine whose clock is off.</summary>
    internal Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => StoreClock.NowAsync(tables, "changes", cancellationToken);

    private static TableRow Write(PendingChange change) => new(change.Key) { { "begun", change.Begun }, { "erases", change.Erases }, { "claims", change.Claims } };
}
