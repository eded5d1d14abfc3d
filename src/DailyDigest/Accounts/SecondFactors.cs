using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Accounts;

/// <summary>The second factor of an account: a secret that an authenticator app shares, and recovery codes.</summary>
/// <param name="Id">The account.</param>
/// <param name="Secret">The secret; empty if it cannot be decrypted, so that no code of the app is right.</param>
/// <param name="Step">The time step of the last code that was used. No code of this step or of one before it is right.</param>
/// <param name="Recovery">The hashes of the recovery codes that were not used yet.</param>
/// <param name="Since">When it was switched on.</param>
/// <param name="Version">The row's ETag.</param>
public sealed record SecondFactor(
    string Id, byte[] Secret, long Step, IReadOnlyList<string> Recovery, DateTimeOffset Since, string? Version);

/// <summary>
/// The second factors. Table Accounts, a row beside the account's: each sign-in changes it, and the account's own ETag stays. The secret
/// is encrypted, and the recovery codes are hashed, under keys derived from <c>Identity__Key</c>: a copy of the store reveals neither.
/// </summary>
public sealed class SecondFactors(ITableStore tables, AuditLog audit, IdentityOptions identity, TimeProvider time)
{
    /// <summary>How many recovery codes a person gets.</summary>
    public const int Codes = 10;

    internal const string Prefix = "f-";

    // No letters that look like a digit. 12 of 31 are 59 bits, and the store has them under a secret key only.
    private const int CodeLength = 12;

    private static readonly string Alphabet =
        string.Concat(Enumerable.Range('a', 26).Select(letter => (char)letter).Except(['i', 'l', 'o'])) + "23456789";

    /// <summary>Returns the account's second factor; null if it has none.</summary>
    public async Task<SecondFactor?> GetAsync(string id, CancellationToken cancellationToken) =>
        AccountStore.IsId(id) && await tables.GetAsync(Tables.Accounts, AccountStore.Partition, Prefix + id, cancellationToken) is { } row
            ? From(row) : null;

    /// <summary>The ids of the accounts with a second factor.</summary>
    public async Task<IReadOnlySet<string>> ListAsync(CancellationToken cancellationToken)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var row in tables.ScanAsync(
            Tables.Accounts, AccountStore.Partition, RowRange.Prefix(Prefix), cancellationToken))
        {
            ids.Add(row.Key[Prefix.Length..]);
        }

        return ids;
    }

    /// <summary>
    /// Switches it on, and ends all sessions of the account. Returns the account with its new stamp, and the recovery codes, which are not
    /// stored; null if somebody else changed the account meanwhile, or if it has a second factor already.
    /// </summary>
    /// <param name="account">The account.</param>
    /// <param name="secret">The secret that the app has.</param>
    /// <param name="step">The time step of the code that proved it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<(Account Account, IReadOnlyList<string> Codes)?> SwitchOnAsync(
        Account account, byte[] secret, long step, CancellationToken cancellationToken)
    {
        var codes = NewCodes();
        var factor = new SecondFactor(account.Id, secret, step, Hashes(account.Id, codes), time.GetUtcNow(), null);
        var changed = account with { Stamp = AccountStore.NewStamp() };
        var written = await tables.WriteAsync(
            Tables.Accounts, AccountStore.Partition,
            [TableWrite.Insert(ToRow(factor)), TableWrite.Update(changed.ToRow(), account.Version!)], cancellationToken);
        if (!written.IsDone)
        {
            return null;
        }

        await audit.WriteAsync(Actor.Of(account), "account.factor-on", account.Id, null, null, cancellationToken);
        return (changed, codes);
    }

    /// <summary>Replaces the recovery codes. Null if the second factor was changed or used meanwhile.</summary>
    public async Task<IReadOnlyList<string>?> RenewCodesAsync(Account account, CancellationToken cancellationToken)
    {
        var codes = NewCodes();
        if (await GetAsync(account.Id, cancellationToken) is not { } factor
            || !await ReplaceAsync(factor with { Recovery = Hashes(account.Id, codes) }, cancellationToken))
        {
            return null;
        }

        await audit.WriteAsync(Actor.Of(account), "account.recovery-codes", account.Id, null, null, cancellationToken);
        return codes;
    }

    /// <summary>Uses the code of a time step. False if that step was used, also at the same time on another machine.</summary>
    public async Task<bool> UseStepAsync(SecondFactor factor, long step, CancellationToken cancellationToken) =>
        step > factor.Step && await ReplaceAsync(factor with { Step = step }, cancellationToken);

    /// <summary>Uses a recovery code. False if it is none of the account's, or was used.</summary>
    public async Task<bool> UseRecoveryAsync(SecondFactor factor, Actor actor, string code, CancellationToken cancellationToken)
    {
        var hash = Hash(factor.Id, code);
        var left = factor.Recovery.Where(one => one != hash).ToList();
        if (left.Count == factor.Recovery.Count || !await ReplaceAsync(factor with { Recovery = left }, cancellationToken))
        {
            return false;
        }

        await audit.WriteAsync(
            actor, "account.recovery-code", factor.Id, null, left.Count.ToString(CultureInfo.InvariantCulture) + " left",
            cancellationToken);
        return true;
    }

    /// <summary>
    /// Removes it, and ends all sessions of the account. Returns the account with its new stamp; null if there is no second factor, or if
    /// somebody else changed it meanwhile.
    /// </summary>
    public async Task<Account?> RemoveAsync(Account account, Actor actor, CancellationToken cancellationToken)
    {
        var changed = account with { Stamp = AccountStore.NewStamp() };
        if (await GetAsync(account.Id, cancellationToken) is null || !(await tables.WriteAsync(
            Tables.Accounts, AccountStore.Partition,
            [TableWrite.Delete(Prefix + account.Id), TableWrite.Update(changed.ToRow(), account.Version!)], cancellationToken)).IsDone)
        {
            return null;
        }

        await audit.WriteAsync(actor, "account.factor-off", account.Id, null, null, cancellationToken);
        return changed;
    }

    private async Task<bool> ReplaceAsync(SecondFactor factor, CancellationToken cancellationToken) =>
        (await tables.WriteAsync(
            Tables.Accounts, AccountStore.Partition, TableWrite.Update(ToRow(factor), factor.Version!), cancellationToken)).IsDone;

    private SecondFactor From(TableRow row)
    {
        var id = row.Key[Prefix.Length..];
        return new SecondFactor(
            id, Open(row.Text("secret") ?? ""), row.Whole("step") ?? long.MaxValue,
            (row.Text("recovery") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries), row.Instant("since") ?? default, row.ETag);
    }

    private TableRow ToRow(SecondFactor factor) => new(Prefix + factor.Id)
    {
        { "secret", Convert.ToBase64String(SealedBytes.Seal(Key(), factor.Secret)) },
        { "step", factor.Step },
        { "recovery", string.Join(' ', factor.Recovery) },
        { "since", factor.Since },
    };

    // Another identity key, or a damaged row: an owner or the command line removes it.
    private byte[] Open(string sealedText)
    {
        try
        {
            return SealedBytes.Open(Key(), Convert.FromBase64String(sealedText));
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return [];
        }
    }

    private List<string> Hashes(string id, IEnumerable<string> codes) => [.. codes.Select(code => Hash(id, code))];

    private string Hash(string id, string code) => Convert.ToHexStringLower(
        HMACSHA256.HashData(identity.Derive("desk recovery codes"), Encoding.UTF8.GetBytes(id + code)));

    private byte[] Key() => identity.Derive("desk second factor");

    private static IReadOnlyList<string> NewCodes() =>
        [.. Enumerable.Range(0, Codes).Select(_ => RandomNumberGenerator.GetString(Alphabet, CodeLength))];
}
