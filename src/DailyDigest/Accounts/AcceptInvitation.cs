using DailyDigest.Content;
using DailyDigest.Mailing;
using DailyDigest.Storage;

namespace DailyDigest.Accounts;

/// <summary>The outcome of an acceptance.</summary>
public enum AcceptInvitationOutcome
{
    /// <summary>The account is there.</summary>
    Done,

    /// <summary>The link was used, has expired, or is none of ours.</summary>
    Gone,

    /// <summary>The name is empty.</summary>
    NoName,

    /// <summary>The text is no address.</summary>
    NoAddress,
}

/// <summary>
/// Turns an invitation into an account, or into a new password for one. An invitation works once. The last active owner stays an owner, and
/// a second factor stays.
/// </summary>
public sealed class AcceptInvitation(
    ITableStore tables, InviteAccount invitations, AccountStore accounts, AuditLog audit, TimeProvider time)
{
    /// <summary>Maximum characters of a name.</summary>
    public const int MaxName = 80;

    // Its row is the mark that there was an account: two first owners cannot be made at once.
    private const string Begun = "begun";

    /// <summary>Makes the account. <paramref name="email"/> counts only if the invitation has no address.</summary>
    public async Task<(AcceptInvitationOutcome Outcome, Account? Account)> ExecuteAsync(
        string token, string name, string email, string passwordHash, CancellationToken cancellationToken)
    {
        if (await invitations.FindAsync(token, cancellationToken) is not { } invitation)
        {
            return (AcceptInvitationOutcome.Gone, null);
        }

        if (NameOf(name) is not { } shown)
        {
            return (AcceptInvitationOutcome.NoName, null);
        }

        if (!EmailAddress.TryParse(invitation.Email ?? email, out var address))
        {
            return (AcceptInvitationOutcome.NoAddress, null);
        }

        var known = await accounts.GetAsync(accounts.IdOf(address), cancellationToken);
        var account = (known ?? new Account { Id = accounts.IdOf(address), Name = "", Email = address.Value, Role = default, Stamp = "" })
            with
        {
            Name = shown,
            Role = invitation.Role,
            PasswordHash = passwordHash,
            Stamp = AccountStore.NewStamp(),
            State = AccountState.Active,
            Since = known?.Since ?? time.GetUtcNow(),
        };
        List<TableWrite> writes =
        [
            TableWrite.Delete(Invitation.Prefix + invitation.Key, invitation.Version),
            Mark(time, isFirst: invitation.Email is null),
        ];
        if (known is { IsOwner: true } && !account.IsOwner)
        {
            if (await accounts.LeaveOwnersAsync(cancellationToken) is { } leaves)
            {
                writes.Add(leaves);
            }
            else
            {
                account = account with { Role = Role.Owner };
            }
        }

        writes.Add(known is null ? TableWrite.Insert(account.ToRow()) : TableWrite.Update(account.ToRow(), known.Version!));
        var written = await tables.WriteAsync(Tables.Accounts, AccountStore.Partition, writes, cancellationToken);
        if (!written.IsDone)
        {
            return (AcceptInvitationOutcome.Gone, null);
        }

        await audit.WriteAsync(
            Actor.Of(account), known is null ? "account.accept" : "account.password", account.Id, known?.Role.ToString(),
            account.Role.ToString(), cancellationToken);
        return (AcceptInvitationOutcome.Done, await accounts.GetAsync(account.Id, cancellationToken));
    }

    // An insert for the first owner: it is refused if somebody has had an account.
    internal static TableWrite Mark(TimeProvider time, bool isFirst = false)
    {
        var mark = new TableRow(Begun) { { "since", time.GetUtcNow() } };
        return isFirst ? TableWrite.Insert(mark) : TableWrite.Upsert(mark);
    }

    /// <summary>The name as it is shown: one line without control characters; null if nothing is left.</summary>
    public static string? NameOf(string text) =>
        ContentText.OneLine(text.Length > MaxName ? text[..MaxName] : text).Trim() is { Length: > 0 } name ? name : null;
}
