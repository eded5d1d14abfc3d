using System.Security.Cryptography;
using System.Text;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Subscribers;

/// <summary>
/// Warns if no key of before is left in <c>Links__Keys</c>: every link that was sent is then dead, the unsubscribe links too. The store
/// keeps a fingerprint of each key. Table Facts, partition <c>link-keys</c>.
/// </summary>
public sealed partial class LinkKeysCheck(ITableStore tables, LinksOptions options, TimeProvider time, ILogger<LinkKeysCheck> logger)
{
    private const string Partition = "link-keys";

    // As long as a link is valid.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(400);

    /// <summary>Stores the fingerprints of new keys. Returns true, and warns, while links of lost keys may be in use.</summary>
    public async Task<bool> ExecuteAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var known = new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal);
        await foreach (var row in tables.ScanAsync(Tables.Facts, Partition, RowRange.All, cancellationToken))
        {
            known[row.Key] = row.Instant("broke");
        }

        var keys = options.Bytes().Select(Fingerprint).Distinct().ToList();
        var broken = known.Count > 0 && !keys.Exists(known.ContainsKey);
        foreach (var key in keys.Where(key => !known.ContainsKey(key)))
        {
            // A key that was added beside a known one broke nothing. Another process may insert the same row.
            var row = new TableRow(key) { { "since", now }, { "broke", broken ? now : null } };
            await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Insert(row), cancellationToken);
            known[key] = broken ? now : null;
        }

        // A key from before that is set again mends all.
        var lost = keys.TrueForAll(key => known[key] is { } broke && now - broke < Lifetime);
        if (lost)
        {
            Log.Lost(logger);
        }

        return lost;
    }

    private static string Fingerprint(byte[] key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes("fingerprint")))[..16];

    private static partial class Log
    {
        [LoggerMessage(910, LogLevel.Warning,
            "Links__Keys has no former key: no link in mails sent before works, not even to unsubscribe. Append the former key")]
        public static partial void Lost(ILogger logger);
    }
}
