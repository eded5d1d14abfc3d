using DailyDigest.Accounts;

namespace DailyDigest.Web;

/// <summary>The sender of a request to the desk: a person with a session, or a program with a key.</summary>
/// <param name="Actor">For the audit.</param>
/// <param name="Role">The role.</param>
/// <param name="Account">The person; null for a key.</param>
public sealed record Caller(Actor Actor, Role Role, Account? Account)
{
    private readonly IReadOnlyCollection<Permission> permissions =
        Account is null ? Permissions.OfKey(Role) : Permissions.Of(Role);

    /// <summary>A person.</summary>
    public static Caller Of(Account account) => new(Actor.Of(account), account.Role, account);

    /// <summary>A key of scope desk: it sees, and changes nothing.</summary>
    public static Caller Key(string name) => new(Actor.Key(name), Role.Viewer, null);

    /// <summary>True if they may do it.</summary>
    public bool May(Permission permission) => permission == Permission.Open || permissions.Contains(permission);
}
