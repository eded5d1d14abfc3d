using DailyDigest.Storage;

namespace DailyDigest.Accounts;

/// <summary>Whether an account may sign in.</summary>
public enum AccountState
{
    /// <summary>It may.</summary>
    Active,

    /// <summary>An owner has disabled it.</summary>
    Disabled,
}

/// <summary>A person who uses the desk.</summary>
public sealed record Account
{
    /// <summary>32 hex digits, derived from the address: no address has two accounts.</summary>
    public required string Id { get; init; }

    /// <summary>As other people of the desk see the person.</summary>
    public required string Name { get; init; }

    /// <summary>The address to sign in with.</summary>
    public required string Email { get; init; }

    /// <summary>The person's role.</summary>
    public required Role Role { get; init; }

    /// <summary>The salted hash of the password; null if the person signs in elsewhere.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>Changes with role, password and state. A session with another stamp has ended.</summary>
    public required string Stamp { get; init; }

    /// <summary>Whether it may sign in.</summary>
    public AccountState State { get; init; }

    /// <summary>The hash of the person's id at the OpenID Connect provider; null for an account that never signed in there.</summary>
    public string? Link { get; init; }

    /// <summary>When the person accepted the invitation.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>The row's ETag; null for an account that is not stored yet.</summary>
    public string? Version { get; init; }

    /// <summary>True for an owner who may sign in.</summary>
    internal bool IsOwner => Role == Role.Owner && State == AccountState.Active;

    internal static Account From(TableRow row) => new()
    {
        Id = row.Key[AccountStore.Accounts.Length..],
        Name = row.Text("name") ?? "",
        Email = row.Text("email") ?? "",
        Role = RoleOf(row),
        PasswordHash = row.Text("password"),
        Stamp = row.Text("stamp") ?? "",
        State = row.Flag("disabled") ? AccountState.Disabled : AccountState.Active,
        Since = row.Instant("since") ?? default,
        Link = row.Text("link"),
        Version = row.ETag,
    };

    internal TableRow ToRow() => new(AccountStore.Accounts + Id)
    {
        { "name", Name },
        { "email", Email },
        { "role", Role.ToString() },
        { "password", PasswordHash },
        { "stamp", Stamp },
        { "disabled", State == AccountState.Disabled ? true : null },
        { "since", Since },
        { "link", Link },
    };

    // A damaged row has the least rights.
    internal static Role RoleOf(TableRow row) => Enum.TryParse<Role>(row.Text("role"), out var role) ? role : Role.Viewer;
}
