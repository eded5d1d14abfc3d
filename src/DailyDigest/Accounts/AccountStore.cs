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
    private const string Owners = "owners";

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

    /// <summary>
    /// The write that takes an active owner away; null if the desk would then have none. The row <c>owners</c> is written with each of
    /// them, so that two owners cannot be taken away at once.
    /// </summary>
    internal async Task<TableWrite?> LeaveOwnersAsync(CancellationToken cancellationToken)
    {
        // Read before the list: an owner who is taken away after the list was read changes this row.
        var mark = await tables.GetAsync(Tables.Accounts, Partition, Owners, cancellationToken);
        if ((await ListAsync(cancellationToken)).Count(one => one.IsOwner) < 2)
        {
            return null;
        }

        var next = new TableRow(Owners) { { "changes", (mark?.Whole("changes") ?? 0) + 1 } };
        return mark is null ? TableWrite.Insert(next) : TableWrite.Update(next, mark.ETag!);
    }

    /// <summary>The writes that end the open invitations for the account's address. A link from before a change must not undo it.</summary>
    internal async Task<IReadOnlyList<TableWrite>> EndInvitationsAsync(Account account, CancellationToken cancellationToken)
    {
        var writes = new List<TableWrite>();
        await foreach (var row in tables.ScanAsync(
            Tables.Accounts, Partition, RowRange.Prefix(Invitation.Prefix), cancellationToken))
        {
            if (row.Text("email") == account.Email)
            {
                writes.Add(TableWrite.Delete(row.Key, row.ETag));
            }
        }

        return writes;
    }

    /// <summary>Replaces the account. False if somebody else changed it since it was read.</summary>
    public async Task<bool> ReplaceAsync(Account account, CancellationToken cancellationToken) =>
        (await tables.WriteAsync(
            Tables.Accounts, Partition, TableWrite.Update(account.ToRow(), account.Version!), cancellationToken)).IsDone;

    internal static bool IsId(string id) => id.Length == 32 && id.All(char.IsAsciiHexDigitLower);
}
