using DailyDigest.Storage;

namespace DailyDigest.Accounts;

/// <summary>A one-time link by which a person gets an account, or sets a new password.</summary>
/// <param name="Key">The hash of the link's token. The link cannot be made from it.</param>
/// <param name="Email">The address of the account; null if the person types it, for the first owner.</param>
/// <param name="Name">A name to begin with; empty for none.</param>
/// <param name="Role">The role of the account.</param>
/// <param name="Expires">When the link ends.</param>
/// <param name="By">The name of the inviting person.</param>
public sealed record Invitation(string Key, string? Email, string Name, Role Role, DateTimeOffset Expires, string By)
{
    internal const string Prefix = "i-";

    /// <summary>The row's ETag.</summary>
    internal string? Version { get; private init; }

    internal static Invitation From(TableRow row) => new(
        row.Key[Prefix.Length..], row.Text("email"), row.Text("name") ?? "", Account.RoleOf(row), row.Instant("expires") ?? default,
        row.Text("by") ?? "")
    {
        Version = row.ETag,
    };

    internal TableRow ToRow() => new(Prefix + Key)
    {
        { "email", Email }, { "name", Name }, { "role", Role.ToString() }, { "expires", Expires }, { "by", By },
    };
}
