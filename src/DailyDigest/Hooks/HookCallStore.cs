using DailyDigest.Storage;

namespace DailyDigest.Hooks;

/// <summary>
/// The deliveries of events to web hooks. Table HookCalls, partition = hook. A delivery is a row of the log, and while it waits a row of
/// the queue, whose key begins with the instant of the next attempt. Both change in one batch. So a worker reads only what is due, and of
/// two workers that take the same row one is refused.
/// </summary>
public sealed class HookCallStore(ITableStore tables)
{
    /// <summary>How long deliveries are kept.</summary>
    public const int KeepDays = 30;

    private const string CallName = "call";

    /// <summary>Stores the delivery, due at once, unless it is stored already.</summary>
    public async Task InsertAsync(
        string hook, HookEvent one, bool withAddress, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var call = New(one, withAddress) with { Next = now };
        await tables.WriteAsync(Tables.HookCalls, hook, [TableWrite.Insert(call.ToRow()), Queued(call)], cancellationToken);
    }

    /// <summary>Stores the delivery as taken by a worker, and returns it.</summary>
    public async Task<HookCall?> InsertTakenAsync(
        string hook, HookEvent one, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var call = New(one, withAddress: false) with { Next = until, Attempts = 1, Tried = now };
        var written = await tables.WriteAsync(
            Tables.HookCalls, hook, [TableWrite.Insert(call.ToRow()), Queued(call)], cancellationToken);
        return written.IsDone ? call with { ETag = written.ETags[0] } : null;
    }

    /// <summary>
    /// Takes at most <paramref name="max"/> deliveries that are due. Another worker takes one of them only after <paramref name="until"/>,
    /// if this one has not settled it by then.
    /// </summary>
    public async Task<IReadOnlyList<HookCall>> TakeAsync(
        string hook, DateTimeOffset now, DateTimeOffset until, int max, CancellationToken cancellationToken)
    {
        var taken = new List<HookCall>();
        var due = await tables.QueryAsync(
            Tables.HookCalls, hook, new RowRange(From: "due-", Before: HookCall.DueKeyOf(now.AddTicks(1))), max, cancellationToken);
        foreach (var row in due)
        {
            if (await FindAsync(hook, row.Text(CallName) ?? "", cancellationToken) is not { } call || call.DueKey != row.Key)
            {
                // The log does not know it: a damaged row must not come back for ever.
                await tables.WriteAsync(Tables.HookCalls, hook, TableWrite.Delete(row.Key, row.ETag), cancellationToken);
            }
            else if (await MoveAsync(
                hook, call, call with { Next = until, Attempts = call.Attempts + 1, Tried = now }, cancellationToken) is { } mine)
            {
                taken.Add(mine);
            }
        }

        return taken;
    }

    /// <summary>Stores the delivery as changed. Returns null if another worker has changed it since it was read.</summary>
    public async Task<HookCall?> MoveAsync(string hook, HookCall before, HookCall after, CancellationToken cancellationToken)
    {
        var writes = new List<TableWrite> { TableWrite.Update(after.ToRow(), before.ETag!) };
        if (before.DueKey != after.DueKey)
        {
            writes.AddRange(before.DueKey is { } old ? [TableWrite.Delete(old)] : []);
            writes.AddRange(after.DueKey is null ? [] : [Queued(after)]);
        }

        var written = await tables.WriteAsync(Tables.HookCalls, hook, writes, cancellationToken);
        return written.IsDone ? after with { ETag = written.ETags[0] } : null;
    }

    /// <summary>Returns the delivery with the key; null if there is none.</summary>
    public async Task<HookCall?> FindAsync(string hook, string key, CancellationToken cancellationToken) =>
        key.StartsWith(HookCall.Prefix, StringComparison.Ordinal) && TableRules.IsKey(key)
            && await tables.GetAsync(Tables.HookCalls, hook, key, cancellationToken) is { } row ? HookCall.Read(row) : null;

    /// <summary>Some deliveries, newest first, after the one with the key; null for the first page.</summary>
    public async Task<IReadOnlyList<HookCall>> ListAsync(string hook, string? after, int take, CancellationToken cancellationToken)
    {
        var rows = await tables.QueryAsync(
            Tables.HookCalls, hook, RowRange.Prefix(HookCall.Prefix) with { After = after }, take, cancellationToken);
        return [.. rows.Select(HookCall.Read).OfType<HookCall>()];
    }

    /// <summary>The delivery whose webhook-id begins with the text; null if there is none, or more than one.</summary>
    public async Task<HookCall?> FindByIdAsync(string hook, string id, CancellationToken cancellationToken)
    {
        HookCall? found = null;
        await foreach (var row in tables.ScanAsync(Tables.HookCalls, hook, RowRange.Prefix(HookCall.Prefix), cancellationToken, 100))
        {
            if (HookCall.Read(row) is { } call && call.Id.StartsWith(id, StringComparison.Ordinal))
            {
                if (found is not null)
                {
                    return null;
                }

                found = call;
            }
        }

        return found;
    }

    private static HookCall New(HookEvent one, bool withAddress) => new()
    {
        Key = HookCall.KeyOf(one.At, one.Id),
        Id = one.Id,
        Type = one.Type,
        At = one.At,
        Body = one.Body(withAddress),
    };

    private static TableWrite Queued(HookCall call) => TableWrite.Insert(new TableRow(call.DueKey!) { { CallName, call.Key } });
}
