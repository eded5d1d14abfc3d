using System.Security.Cryptography;
using System.Text;
using DailyDigest.Mailing;
using DailyDigest.Storage;

namespace DailyDigest.Accounts;

/// <summary>The outcome of a sign-in by a provider.</summary>
public enum AdmitAccountOutcome
{
    /// <summary>The account is there, with the role of the claim.</summary>
    Done,

    /// <summary>An owner has disabled the account.</summary>
    Disabled,

    /// <summary>The address is that of an account which another person of the provider has.</summary>
    Taken,

    /// <summary>The claim would leave the desk without an active owner.</summary>
    LastOwner,

    /// <summary>The account was changed again and again meanwhile.</summary>
    Busy,
}

/// <summary>A person as an OpenID Connect provider names them.</summary>
/// <param name="Issuer">The provider.</param>
/// <param name="Subject">The person's id there. It never changes, unlike the address.</param>
/// <param name="Email">An address that the provider has verified.</param>
/// <param name="Name">A name to begin with.</param>
/// <param name="Role">The role that the claim means here.</param>
public sealed record ProviderPerson(string Issuer, string Subject, EmailAddress Email, string Name, Role Role);

/// <summary>
/// Makes or updates the account of a person whom an OpenID Connect provider has signed in. The provider decides about the role. An account
/// is found by the provider's id of the person. An account that has none yet is found by its address, and then belongs to that person.
/// </summary>
public sealed class AdmitAccount(ITableStore tables, AccountStore accounts, AuditLog audit, TimeProvider time)
{
    private const int MaxTries = 5;

    /// <summary>Returns the account as it is afterwards; null unless the outcome is <see cref="AdmitAccountOutcome.Done"/>.</summary>
    public async Task<(AdmitAccountOutcome Outcome, Account? Account)> ExecuteAsync(
        ProviderPerson person, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (await TryAsync(person, cancellationToken) is var (outcome, account))
            {
                return (outcome, account);
            }
        }

        return (AdmitAccountOutcome.Busy, null);
    }

    /// <summary>
    /// Ends the sessions of a person whom the provider no longer gives a role. Without an account nothing happens.
    /// </summary>
    public async Task RefuseAsync(string issuer, string subject, CancellationToken cancellationToken)
    {
        var link = Link(issuer, subject);
        if ((await accounts.ListAsync(cancellationToken)).FirstOrDefault(one => one.Link == link) is { } account
            && await accounts.ReplaceAsync(account with { Stamp = AccountStore.NewStamp() }, cancellationToken))
        {
            await audit.WriteAsync(Actor.Of(account), "account.end-sessions", account.Id, null, "no role", cancellationToken);
        }
    }

    // Null if somebody else changed the account meanwhile.
    private async Task<(AdmitAccountOutcome, Account?)?> TryAsync(ProviderPerson person, CancellationToken cancellationToken)
    {
        var (link, id) = (Link(person.Issuer, person.Subject), accounts.IdOf(person.Email));
        var all = await accounts.ListAsync(cancellationToken);
        var known = all.FirstOrDefault(one => one.Link == link) ?? all.FirstOrDefault(one => one.Id == id);
        if (known is { Link: not null } && known.Link != link)
        {
            return (AdmitAccountOutcome.Taken, null);
        }

        if (known?.State == AccountState.Disabled)
        {
            return (AdmitAccountOutcome.Disabled, null);
        }

        var account = known is null
            ? new Account
            {
                Id = id,
                Name = AcceptInvitation.NameOf(person.Name) ?? person.Email.Value,
                Email = person.Email.Value,
                Role = person.Role,
                Stamp = AccountStore.NewStamp(),
                Since = time.GetUtcNow(),
                Link = link,
            }
            : known with { Role = person.Role, Link = link, Stamp = known.Role == person.Role ? known.Stamp : AccountStore.NewStamp() };
        if (account == known)
        {
            return (AdmitAccountOutcome.Done, known);
        }

        List<TableWrite> writes =
        [
            known is null ? TableWrite.Insert(account.ToRow()) : TableWrite.Update(account.ToRow(), known.Version!),
            AcceptInvitation.Mark(time),
        ];
        if (known is { IsOwner: true } && !account.IsOwner)
        {
            if (await accounts.LeaveOwnersAsync(cancellationToken) is not { } leaves)
            {
                return (AdmitAccountOutcome.LastOwner, null);
            }

            writes.Add(leaves);
        }

        writes.AddRange(await accounts.EndInvitationsAsync(account, cancellationToken));
        if (!(await tables.WriteAsync(Tables.Accounts, AccountStore.Partition, writes, cancellationToken)).IsDone)
        {
            return null;
        }

        await audit.WriteAsync(
            Actor.Of(account), "account.provider", account.Id, known?.Role.ToString(), account.Role.ToString(), cancellationToken);
        return (AdmitAccountOutcome.Done, await accounts.GetAsync(account.Id, cancellationToken));
    }

    private static string Link(string issuer, string subject) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(issuer + "\n" + subject)));
}
