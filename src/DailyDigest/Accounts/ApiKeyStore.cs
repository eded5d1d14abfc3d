using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Storage;

namespace DailyDigest.Accounts;

/// <summary>A key that was made on the desk. The key itself is shown once and not stored.</summary>
/// <param name="Id">The hash of the key: its row.</param>
/// <param name="Name">The name of its holder, in logs and in the audit.</param>
/// <param name="Scopes">Comma-separated words, as in <c>Api__Keys__0__Scope</c>.</param>
/// <param name="By">The name of the person who made it.</param>
/// <param name="Made">When it was made.</param>
/// <param name="Used">When it was last used, within five minutes; null for never.</param>
public sealed record StoredKey(string Id, string Name, string Scopes, string By, DateTimeOffset Made, DateTimeOffset? Used);

/// <summary>The keys that were made on the desk. Table ApiKeys, partition <c>key</c>; a row's key is the SHA-256 of the key.</summary>
public sealed class ApiKeyStore(ITableStore tables, AuditLog audit, TimeProvider time)
{
    /// <summary>The beginning of every key: scanners for leaked secrets find it, and other keys are not looked up.</summary>
    public const string Prefix = "ddk_";

    private const string Partition = "key";
    private const int KeyBytes = 32;

    // The last use is a hint for people; a write for each request would cost more than it tells.
    private static readonly TimeSpan UsedEvery = TimeSpan.FromMinutes(5);

    /// <summary>Makes a key and returns it.</summary>
    public async Task<string> AddAsync(string name, string scopes, Actor actor, CancellationToken cancellationToken)
    {
        var key = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes));
        var made = new StoredKey(Hash(key), name, scopes, actor.Name, time.GetUtcNow(), null);
        await tables.WriteAsync(Tables.ApiKeys, Partition, TableWrite.Insert(ToRow(made)), cancellationToken);
        await audit.WriteAsync(actor, "key.add", made.Id[..16], null, $"{name}: {scopes}", cancellationToken);
        return key;
    }

    /// <summary>Revokes a key: from now on it opens nothing. False if there is none.</summary>
    public async Task<bool> RevokeAsync(string id, Actor actor, CancellationToken cancellationToken)
    {
        if (!IsId(id) || await tables.GetAsync(Tables.ApiKeys, Partition, id, cancellationToken) is not { } row
            || !(await tables.WriteAsync(Tables.ApiKeys, Partition, TableWrite.Delete(id), cancellationToken)).IsDone)
        {
            return false;
        }

        var key = From(row);
        await audit.WriteAsync(actor, "key.revoke", id[..16], $"{key.Name}: {key.Scopes}", null, cancellationToken);
        return true;
    }

    /// <summary>All keys, by name. There are few.</summary>
    public async Task<IReadOnlyList<StoredKey>> ListAsync(CancellationToken cancellationToken)
    {
        var keys = new List<StoredKey>();
        await foreach (var row in tables.ScanAsync(Tables.ApiKeys, Partition, RowRange.All, cancellationToken))
        {
            keys.Add(From(row));
        }

        return [.. keys.OrderBy(key => key.Name, StringComparer.OrdinalIgnoreCase).ThenBy(key => key.Made)];
    }

    /// <summary>The key behind the text; null if it is none of ours. Notes its use at most every five minutes.</summary>
    public async Task<StoredKey?> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (text.Length != Prefix.Length + Base64Url.GetEncodedLength(KeyBytes) || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || await tables.GetAsync(Tables.ApiKeys, Partition, Hash(text), cancellationToken) is not { } row)
        {
            return null;
        }

        var (key, now) = (From(row), time.GetUtcNow());
        if (key.Used is null || now - key.Used >= UsedEvery)
        {
            // Refused if it was revoked or noted meanwhile.
            await tables.WriteAsync(
                Tables.ApiKeys, Partition, TableWrite.Update(ToRow(key with { Used = now }), row.ETag!), cancellationToken);
        }

        return key;
    }

    /// <summary>The id of a key: its row.</summary>
    public static string IdOf(string key) => Hash(key);

    private static StoredKey From(TableRow row) => new(
        row.Key, row.Text("name") ?? "", row.Text("scopes") ?? "", row.Text("by") ?? "", row.Instant("made") ?? default,
        row.Instant("used"));

    private static TableRow ToRow(StoredKey key) => new(key.Id)
    {
        { "name", key.Name }, { "scopes", key.Scopes }, { "by", key.By }, { "made", key.Made }, { "used", key.Used },
    };

    private static bool IsId(string id) => id.Length == 64 && id.All(char.IsAsciiHexDigitLower);

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
