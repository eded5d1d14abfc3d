using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Mailing;

/// <summary>A relay that could not be used when it was last tried.</summary>
/// <param name="Relay">Its name.</param>
/// <param name="Since">When it failed first.</param>
/// <param name="Reply">Its last reply, or what kept us from reaching it; without addresses and secrets.</param>
public sealed record RelayFault(string Relay, DateTimeOffset Since, string Reply)
{
    /// <summary>The fault in words.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Relay.Length > 0 ? "relay " + Relay : "the relay")} cannot be used since {Since.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {Reply}");
}

/// <summary>
/// Remembers which relays cannot be used, from the first failure until the first success, so that every process can tell. Table Relays,
/// partition "faults", one row per relay. Nothing depends on it: a store that is out of reach is ignored.
/// </summary>
public sealed class RelayFaults(ITableStore tables, TimeProvider time)
{
    private const string Partition = "faults";
    private const int MaxRelays = 50;

    // A relay that was taken out of the settings is not tried any more.
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(2);

    private readonly ConcurrentDictionary<string, bool> known = new(StringComparer.Ordinal);

    /// <summary>The relay could not be used, and the trouble was not about a recipient.</summary>
    public async Task RecordAsync(string relay, string reply, CancellationToken cancellationToken)
    {
        known[relay] = true;
        await TryAsync(async () =>
        {
            var now = time.GetUtcNow();
            var seen = await tables.GetAsync(Tables.Relays, Partition, Key(relay), cancellationToken);
            var row = new TableRow(Key(relay))
            {
                { "relay", relay },
                { "since", seen is not null && IsRecent(seen, now) && seen.Instant("since") is { } since && since <= now ? since : now },
                { "last", now },
                { "reply", RefusalReasons.Clean(reply) },
            };
            await tables.WriteAsync(Tables.Relays, Partition, TableWrite.Upsert(row), cancellationToken);
        });
    }

    /// <summary>The relay was used. Writes only if this process does not know already that there is no fault.</summary>
    public async ValueTask ClearAsync(string relay, CancellationToken cancellationToken)
    {
        if (!known.TryGetValue(relay, out var isFaulty) || isFaulty)
        {
            known[relay] = false;
            await TryAsync(() => tables.WriteAsync(Tables.Relays, Partition, TableWrite.Delete(Key(relay)), cancellationToken));
        }
    }

    /// <summary>The faults of the last two days, the oldest first.</summary>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<IReadOnlyList<RelayFault>> ListAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var rows = await tables.QueryAsync(Tables.Relays, Partition, RowRange.All, MaxRelays, cancellationToken);
        return
        [
            .. rows.Where(row => IsRecent(row, now))
                .Select(row => new RelayFault(row.Text("relay") ?? "", row.Instant("since") ?? now, row.Text("reply") ?? ""))
                .OrderBy(fault => fault.Since),
        ];
    }

    private static bool IsRecent(TableRow row, DateTimeOffset now) => row.Instant("last") > now - MaxAge;

    private static string Key(string relay) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(relay)).AsSpan(0, 16));

    private static async Task TryAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (StorageException)
        {
            // Storage has an alert of its own, and the next failure of the relay is recorded again.
        }
    }
}
