using DailyDigest.Storage;

namespace DailyDigest.Accounts;

/// <summary>The outcome of a change of an account.</summary>
public enum ChangeAccountOutcome
{
    /// <summary>Changed.</summary>
    Done,

    /// <summary>There is no such account.</summary>
    Missing,

    /// <summary>Somebody else changed it since the form was shown.</summary>
    Changed,

    /// <summary>It would leave the desk without an active owner.</summary>
    LastOwner,
}

/// <summary>
/// Changes or removes accounts. A new role, password or state ends the account's sessions, and a new role or state the invitations for its
/// address. The last active owner stays.
/// </summary>
public sealed class ChangeAccount(ITableStore tables, AccountStore accounts, AuditLog audit)
{
    /// <summary>Sets role and state.</summary>
    /// <param name="id">The account.</param>
    /// <param name="version">The ETag that the form carried.</param>
    /// <param name="role">The new role.</param>
    /// <param name="state">The new state.</param>
    /// <param name="actor">The person who changes it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<ChangeAccountOutcome> SetAsync(
        string id, string version, Role role, AccountState state, Actor actor, CancellationToken cancellationToken)
    {
        if (await accounts.GetAsync(id, cancellationToken) is not { } account)
        {
            return ChangeAccountOutcome.Missing;
        }

        if (account.Role == role && account.State == state)
        {
            return account.Version == version ? ChangeAccountOutcome.Done : ChangeAccountOutcome.Changed;
        }

        var changed = account with { Role = role, State = state, Stamp = AccountStore.NewStamp() };
        var outcome = await WriteAsync(
            account, version, [TableWrite.Update(changed.ToRow(), account.Version!)], changed.IsOwner, cancellationToken);
        if (outcome == ChangeAccountOutcome.Done)
        {
            await audit.WriteAsync(actor, "account.change", id, Words(account), Words(changed), cancellationToken);
        }

        return outcome;
    }

    /// <summary>Removes the account. The record of its changes stays.</summary>
    public async Task<ChangeAccountOutcome> RemoveAsync(string id, string version, Actor actor, CancellationToken cancellationToken)
    {
        if (await accounts.GetAsync(id, cancellationToken) is not { } account)
        {
            return ChangeAccountOutcome.Missing;
        }

        List<TableWrite> deletes = [TableWrite.Delete(AccountStore.Accounts + id, account.Version)];
        if (await tables.GetAsync(Tables.Accounts, AccountStore.Partition, SecondFactors.Prefix + id, cancellationToken) is { } factor)
        {
            deletes.Add(TableWrite.Delete(factor.Key));
        }

        var outcome = await WriteAsync(account, version, deletes, staysOwner: false, cancellationToken);
        if (outcome == ChangeAccountOutcome.Done)
        {
            await audit.WriteAsync(actor, "account.remove", id, $"{account.Name}, {Words(account)}", null, cancellationToken);
        }

        return outcome;
    }

    /// <summary>Sets the person's own name.</summary>
    public async Task<ChangeAccountOutcome> RenameAsync(Account account, string version, string name, CancellationToken cancellationToken)
    {
        if (account.Version != version || !await accounts.ReplaceAsync(account with { Name = name }, cancellationToken))
        {
            return ChangeAccountOutcome.Changed;
        }

        await audit.WriteAsync(Actor.Of(account), "account.rename", account.Id, account.Name, name, cancellationToken);
        return ChangeAccountOutcome.Done;
    }

    /// <summary>
    /// Ends all sessions of the account; with a hash it also sets the password. Returns the account with its new stamp, or null if somebody
    /// else changed it meanwhile.
    /// </summary>
    public async Task<Account?> EndSessionsAsync(Account account, string? passwordHash, CancellationToken cancellationToken)
    {
        var changed = account with { Stamp = AccountStore.NewStamp(), PasswordHash = passwordHash ?? account.PasswordHash };
        if (!await accounts.ReplaceAsync(changed, cancellationToken))
        {
            return null;
        }

        await audit.WriteAsync(
            Actor.Of(account), passwordHash is null ? "account.end-sessions" : "account.password", account.Id, null, null,
            cancellationToken);
        return changed;
    }

    private async Task<ChangeAccountOutcome> WriteAsync(
        Account account, string version, List<TableWrite> writes, bool staysOwner, CancellationToken cancellationToken)
    {
        if (account.Version != version)
        {
            return ChangeAccountOutcome.Changed;
        }

        if (account.IsOwner && !staysOwner)
        {
            if (await accounts.LeaveOwnersAsync(cancellationToken) is not { } leaves)
            {
                return ChangeAccountOutcome.LastOwner;
            }

            writes.Add(leaves);
        }

        writes.AddRange(await accounts.EndInvitationsAsync(account, cancellationToken));
        var result = await tables.WriteAsync(Tables.Accounts, AccountStore.Partition, writes, cancellationToken);
        return result.IsDone ? ChangeAccountOutcome.Done : ChangeAccountOutcome.Changed;
    }

    private static string Words(Account account) =>
        account.State == AccountState.Active ? account.Role.ToString() : $"{account.Role}, disabled";
}
