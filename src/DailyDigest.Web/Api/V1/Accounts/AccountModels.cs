using System.ComponentModel;
using DailyDigest.Accounts;

namespace DailyDigest.Web;

[Description("A key that was made on the desk or through the API. The key itself is not stored.")]
internal sealed record ApiKeyShown(
    [property: Description("Its id. It opens nothing.")] string Id,
    [property: Description("The name of its holder.")] string Name,
    [property: Description("The scopes that it opens.")] IReadOnlyList<string> Scopes,
    [property: Description("The person or key that made it.")] string By,
    [property: Description("When it was made.")] DateTimeOffset Made,
    [property: Description("When it was last used, within five minutes; left out for never.")] DateTimeOffset? Used)
{
    public static ApiKeyShown Of(StoredKey key) => new(key.Id, key.Name, Words(key.Scopes), key.By, key.Made, key.Used);

    public static string[] Words(string scopes) =>
        scopes.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

[Description("A key to make.")]
internal sealed record ApiKeyWanted
{
    [Description("The name of its holder: at most 40 letters, digits, dots, hyphens and underscores.")]
    public required string Name { get; init; }

    [Description("The scopes that it opens; at least one.")]
    public required IReadOnlyList<string> Scopes { get; init; }
}

// A secret, because it cannot be shown again. So with the link of an invitation below.
[Description("A new key.")]
internal sealed record ApiKeyMade(
    [property: Description("The key. It is shown only now.")] string Key,
    [property: Description("The same key in lists.")] string Id);

[Description("A person of the desk.")]
internal sealed record ApiPerson(
    [property: Description("The id.")] string Id,
    [property: Description("The name.")] string Name,
    [property: Description("The address to sign in with.")] string Email,
    [property: Description("The role.")] Role Role,
    [property: Description("True if the person cannot sign in.")] bool Disabled,
    [property: Description("True if a code is asked for after the password.")] bool SecondFactor,
    [property: Description("True if the person signs in by the OpenID Connect provider.")] bool ByProvider,
    [property: Description("When the account was made.")] DateTimeOffset Since,
    [property: Description("The version. Send it as If-Match.")] string Etag)
{
    public static ApiPerson Of(Account account, bool hasFactor) => new(
        account.Id, account.Name, account.Email, account.Role, account.State == AccountState.Disabled, hasFactor,
        account.Link is not null, account.Since, ApiTag.Of(account.Version!));
}

[Description("A change of a person. A field that is left out stays.")]
internal sealed record ApiPersonChange
{
    [Description("The new role.")]
    public Role? Role { get; init; }

    [Description("True: the person cannot sign in.")]
    public bool? Disabled { get; init; }
}

[Description("A person to invite.")]
internal sealed record ApiInvite
{
    [Description("The address to sign in with.")]
    public required string Email { get; init; }

    [Description("The role of the account.")]
    public required Role Role { get; init; }

    [Description("A name to begin with; the person can change it.")]
    public string? Name { get; init; }
}

[Description("A new invitation.")]
internal sealed record ApiInvited(
    [property: Description("The one-time link. It is shown only now; send it yourself.")] string Link,
    [property: Description("When it ends.")] DateTimeOffset Expires);

[Description("An invitation that was not used yet.")]
internal sealed record ApiInvitation(
    [property: Description("The address.")] string Email,
    [property: Description("The name.")] string Name,
    [property: Description("The role.")] Role Role,
    [property: Description("When it ends.")] DateTimeOffset Expires,
    [property: Description("The person or key that invited.")] string By);
