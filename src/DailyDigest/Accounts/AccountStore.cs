using System.Security.Cryptography;
using DailyDigest.Mailing;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Accounts;

/// <summary>
/// The accounts and the invitations. Table Accounts, one partition: both change in one batch. Publications have few people, so a list reads
/// the whole partition.
/// </summary>
public sealed class AccountStore(ITableStore tables, AddressHash hash)
{
    internal const string Partition = "account";
    internal const string Accounts = "a-";

    /// <summary>The id of the account with this address.</summary>
    public string IdOf(EmailAddress address) => hash.Of(address)[..32];

    /// <summary>A new stamp: it ends every session with the former one.</summary>
    public static string NewStamp() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Returns the account; null if there is none.</summary>
    public async Task<Account?> GetAsync(string id, CancellationToken cancellationToken) =>
        IsId(id) && await tables.GetAsync(Tables.Accounts, Partition, Accounts + id, cancellationToken) is { } row
            ? Account.From(row) : null;

    /// <summary>All accounts, by name.</summary>
    public async Task<IReadOnlyList<Account>> ListAsync(CancellationToken cancellationToken)
    {
        var accounts = new List<Account>();
        await foreach (var row in tables.ScanAsync(Tables.Accounts, Partition, RowRange.Prefix(Accounts), cancellationToken))
        {
            accounts.Add(Account.From(row));
        }

        return
        [
            .. accounts.OrderBy(account => account.Name, StringComparer.OrdinalIgnoreCase)
                .ThenBy(account => account.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>True if nobody has an account yet.</summary>
    public async Task<bool> IsEmptyAsync(CancellationToken cancellationToken) =>
        (await tables.QueryAsync(Tables.Accounts, Partition, RowRange.Prefix(Accounts), take: 1, cancellationToken)).Count == 0;

    /// <summary>Replaces the account. False if somebody else changed it since it was read.</summary>
    public async Task<bool> ReplaceAsync(Account account, CancellationToken cancellationToken) =>
        (await tables.WriteAsync(
            Tables.Accounts, Partition, TableWrite.Update(account.ToRow(), account.Version!), cancellationToken)).IsDone;

    private static bool IsId(string id) => id.Length == 32 && id.All(char.IsAsciiHexDigitLower);
}
