using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Mailing;
using DailyDigest.Settings;
using DailyDigest.Storage;

namespace DailyDigest.Accounts;

/// <summary>
/// Makes a one-time link for an account. The store keeps only the hash of its token, so the link cannot be shown again. A person who has an
/// account sets a new password by it.
/// </summary>
public sealed class InviteAccount(ITableStore tables, AccountStore accounts, AuditLog audit, Publication publication, TimeProvider time)
{
    /// <summary>How long a link can be used.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private const int TokenBytes = 32;

    /// <summary>Returns the link. A former link for the same address no longer works.</summary>
    public async Task<string> ExecuteAsync(
        EmailAddress address, Role role, string name, Actor actor, CancellationToken cancellationToken)
    {
        var id = accounts.IdOf(address);
        await RemoveAsync(one => one.Email == address.Value, cancellationToken);
        var link = await AddAsync(address.Value, role, name, actor, cancellationToken);
        await audit.WriteAsync(actor, "account.invite", id, null, role.ToString(), cancellationToken);
        return link;
    }

    /// <summary>
    /// A link for the first owner, who types the address. Null if somebody has an account. Links of other machines keep working until one
    /// is used.
    /// </summary>
    public async Task<string?> FirstOwnerAsync(CancellationToken cancellationToken)
    {
        if (!await accounts.IsEmptyAsync(cancellationToken))
        {
            return null;
        }

        await RemoveAsync(_ => false, cancellationToken);
        return await AddAsync(null, Role.Owner, "", Actor.CommandLine, cancellationToken);
    }

    /// <summary>The invitations that can still be used.</summary>
    public async Task<IReadOnlyList<Invitation>> ListAsync(CancellationToken cancellationToken)
    {
        var open = new List<Invitation>();
        await foreach (var row in tables.ScanAsync(
            Tables.Accounts, AccountStore.Partition, RowRange.Prefix(Invitation.Prefix), cancellationToken))
        {
            if (Invitation.From(row) is var one && one.Expires > time.GetUtcNow())
            {
                open.Add(one);
            }
        }

        return open;
    }

    /// <summary>Returns the invitation behind the token; null if it is none of ours, was used, or has expired.</summary>
    public async Task<Invitation?> FindAsync(string token, CancellationToken cancellationToken) =>
        Hash(token) is { } key
            && await tables.GetAsync(Tables.Accounts, AccountStore.Partition, Invitation.Prefix + key, cancellationToken) is { } row
            && Invitation.From(row) is var found && found.Expires > time.GetUtcNow()
            && (found.Email is not null || await accounts.IsEmptyAsync(cancellationToken))
                ? found : null;

    private async Task<string> AddAsync(string? email, Role role, string name, Actor actor, CancellationToken cancellationToken)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        var invitation = new Invitation(Hash(token)!, email, name, role, time.GetUtcNow() + Lifetime, actor.Name);
        await tables.WriteAsync(
            Tables.Accounts, AccountStore.Partition, TableWrite.Insert(invitation.ToRow()), cancellationToken);
        return $"{publication.BaseUrl}/desk/welcome/{token}";
    }

    // Also deletes the expired ones: there are few, and nothing else looks at them.
    private async Task RemoveAsync(Func<Invitation, bool> replaces, CancellationToken cancellationToken)
    {
        await foreach (var row in tables.ScanAsync(
            Tables.Accounts, AccountStore.Partition, RowRange.Prefix(Invitation.Prefix), cancellationToken))
        {
            if (Invitation.From(row) is var one && (one.Expires <= time.GetUtcNow() || replaces(one)))
            {
                await tables.WriteAsync(Tables.Accounts, AccountStore.Partition, TableWrite.Delete(row.Key), cancellationToken);
            }
        }
    }

    private static string? Hash(string token) =>
        token.Length == Base64Url.GetEncodedLength(TokenBytes) && token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token))) : null;
}
