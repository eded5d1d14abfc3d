using DailyDigest.Accounts;

namespace DailyDigest.Web;

/// <summary>The OpenID Connect provider of the desk. Section <c>Desk:OpenId</c>. Without an authority it is off.</summary>
public sealed class OpenIdOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Desk:OpenId";

    /// <summary>The provider's address; its metadata is at <c>/.well-known/openid-configuration</c> below it. Https, or loopback.</summary>
    public string Authority { get; set; } = "";

    /// <summary>The id of the desk at the provider.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The secret of the desk at the provider; empty for a public client, which PKCE protects.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>The provider's name on the button.</summary>
    public string Name { get; set; } = "OpenID Connect";

    /// <summary>Space-separated: what to ask the provider for.</summary>
    public string Scopes { get; set; } = "openid profile email";

    /// <summary>The claim with the roles or groups of a person.</summary>
    public string RoleClaim { get; set; } = "roles";

    /// <summary>Comma-separated: the values of the claim that make an owner.</summary>
    public string Owners { get; set; } = "";

    /// <summary>Comma-separated: the values of the claim that make an operator.</summary>
    public string Operators { get; set; } = "";

    /// <summary>Comma-separated: the values of the claim that make an editor.</summary>
    public string Editors { get; set; } = "";

    /// <summary>Comma-separated: the values of the claim that make a viewer.</summary>
    public string Viewers { get; set; } = "";

    /// <summary>
    /// True for a provider that sends no <c>email_verified</c> and whose people cannot choose their address. An address that is said to be
    /// unverified is refused in any case.
    /// </summary>
    public bool TrustEmail { get; set; }

    /// <summary>
    /// True: people sign in by the provider only. An owner may still use a password until the first owner has signed in there.
    /// </summary>
    public bool Only { get; set; }

    /// <summary>True if there is a provider.</summary>
    internal bool IsSet => Authority.Length > 0;

    /// <summary>The highest role of the values; null if none is known.</summary>
    internal Role? RoleOf(IEnumerable<string> values)
    {
        var held = values.ToHashSet(StringComparer.Ordinal);
        return Enum.GetValues<Role>().OrderDescending().Cast<Role?>().FirstOrDefault(role => ValuesOf(role!.Value).Any(held.Contains));
    }

    /// <summary>One line per fault, each naming its setting.</summary>
    public IEnumerable<string> Validate()
    {
        if (!IsSet)
        {
            if (Only || ClientId.Length > 0 || ClientSecret.Length > 0 || Enum.GetValues<Role>().Any(role => ValuesOf(role).Length > 0))
            {
                yield return "Desk__OpenId__Authority: the address of the provider. Its other settings have no effect without it.";
            }

            yield break;
        }

        if (!Uri.TryCreate(Authority, UriKind.Absolute, out var url) || url.Query.Length > 0 || url.Fragment.Length > 0
            || url.UserInfo.Length > 0 || (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)))
        {
            yield return "Desk__OpenId__Authority: an https address such as https://login.example.com/realm, without a query.";
        }

        if (ClientId.Trim().Length == 0)
        {
            yield return "Desk__OpenId__ClientId: the id of the desk at the provider.";
        }

        if (!Scopes.Split(' ').Contains("openid"))
        {
            yield return "Desk__OpenId__Scopes: space-separated, with openid among them.";
        }

        if (RoleClaim.Trim().Length == 0)
        {
            yield return "Desk__OpenId__RoleClaim: the name of the claim with roles or groups, such as roles.";
        }

        if (Name.Trim().Length is 0 or > 60)
        {
            yield return "Desk__OpenId__Name: the provider's name on the button, at most 60 characters.";
        }

        if (Enum.GetValues<Role>().All(role => ValuesOf(role).Length == 0))
        {
            yield return "Desk__OpenId__Owners, __Operators, __Editors, __Viewers: the values of the claim for a role; at least one.";
        }

        if (Enum.GetValues<Role>().SelectMany(ValuesOf).GroupBy(value => value, StringComparer.Ordinal).FirstOrDefault(
            same => same.Count() > 1) is { } twice)
        {
            yield return $"Desk__OpenId__Owners, __Operators, __Editors, __Viewers: {twice.Key} stands for two roles.";
        }
    }

    private string[] ValuesOf(Role role) => (role switch
    {
        Role.Owner => Owners,
        Role.Operator => Operators,
        Role.Editor => Editors,
        _ => Viewers,
    }).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
