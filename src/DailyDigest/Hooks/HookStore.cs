using System.Security.Cryptography;
using DailyDigest.Storage;

namespace DailyDigest.Hooks;

/// <summary>The web hooks. Table Hooks, partition <c>hook</c>: a publication has few, so a list reads the whole partition.</summary>
public sealed class HookStore(ITableStore tables, TimeProvider time)
{
    /// <summary>How long another machine may not see a change of a hook.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    private const string Partition = "hook";

    private volatile Known? known;

    /// <summary>The hooks that were not removed, oldest first.</summary>
    public async Task<IReadOnlyList<Hook>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await ReadAsync(cancellationToken)).Where(hook => hook.State != HookState.Removed)];

    /// <summary>The hooks that were removed and whose log is not deleted yet.</summary>
    internal async Task<IReadOnlyList<Hook>> ListRemovedAsync(CancellationToken cancellationToken) =>
        [.. (await ReadAsync(cancellationToken)).Where(hook => hook.State == HookState.Removed)];

    /// <summary>The hooks that are on, at most <see cref="MaxAge"/> old: every change of a subscriber asks for them.</summary>
    public async Task<IReadOnlyList<Hook>> ListOnAsync(CancellationToken cancellationToken)
    {
        if (known is not { } last || time.GetElapsedTime(last.At) >= MaxAge)
        {
            var at = time.GetTimestamp();
            known = last = new Known(at, [.. (await ReadAsync(cancellationToken)).Where(hook => hook.State == HookState.On)]);
        }

        return last.Hooks;
    }

    /// <summary>Returns the hook; null if there is none.</summary>
    public async Task<Hook?> GetAsync(string id, CancellationToken cancellationToken) =>
        TableRules.IsKey(id) && await tables.GetAsync(Tables.Hooks, Partition, id, cancellationToken) is { } row
            ? Hook.Read(row) is { State: not HookState.Removed } hook ? hook : null
            : null;

    /// <summary>Adds a hook and returns it.</summary>
    public async Task<Hook> AddAsync(
        string url, IReadOnlyList<string> events, bool withAddress, byte[] secret, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var hook = new Hook
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)),
            Url = url,
            Events = events,
            WithAddress = withAddress,
            Secret = secret,
            Created = now,
            Since = now,
        };
        var written = await tables.WriteAsync(Tables.Hooks, Partition, TableWrite.Insert(hook.ToRow()), cancellationToken);
        known = null;
        return written.IsDone ? hook with { ETag = written.ETags[0] } : throw new StorageException("The web hook could not be stored.");
    }

    /// <summary>
    /// Changes the hook. The function returns null to change nothing, and may be called again after a concurrent change. Returns the hook
    /// afterwards; null if there is none.
    /// </summary>
    public async Task<Hook?> ChangeAsync(string id, Func<Hook, Hook?> change, CancellationToken cancellationToken)
    {
        while (await GetAsync(id, cancellationToken) is { } hook)
        {
            if (change(hook) is not { } after)
            {
                return hook;
            }

            var written = await tables.WriteAsync(
                Tables.Hooks, Partition, TableWrite.Update(after.ToRow(), hook.ETag!), cancellationToken);
            if (written.IsDone)
            {
                known = null;
                return after with { ETag = written.ETags[0] };
            }
        }

        return null;
    }

    /// <summary>Deletes the row of a removed hook.</summary>
    internal Task DeleteAsync(string id, CancellationToken cancellationToken) =>
        tables.WriteAsync(Tables.Hooks, Partition, TableWrite.Delete(id), cancellationToken);

    private async Task<IReadOnlyList<Hook>> ReadAsync(CancellationToken cancellationToken)
    {
        var hooks = new List<Hook>();
        await foreach (var row in tables.ScanAsync(Tables.Hooks, Partition, RowRange.All, cancellationToken))
        {
            if (Hook.Read(row) is { } hook)
            {
                hooks.Add(hook);
            }
        }

        return [.. hooks.OrderBy(hook => hook.Created)];
    }

    private sealed record Known(long At, IReadOnlyList<Hook> Hooks);
}
