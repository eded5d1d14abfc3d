using System.Globalization;
using System.Security.Claims;
using DailyDigest.Accounts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// The sessions of the desk. A cookie holds the account's id and stamp, protected by the key ring. Role and state are read from storage on
/// each request, so a change counts at once on every machine.
/// </summary>
internal sealed class DeskSession(AccountStore accounts, TimeProvider time)
{
    /// <summary>The name of the cookie scheme.</summary>
    public const string Scheme = "desk";

    /// <summary>A session ends after this long without a request.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(12);

    /// <summary>A session ends this long after the sign-in, used or not.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(30);

    /// <summary>
    /// A session of a provider's person ends this long after the sign-in: roles and people that are taken away there count here then.
    /// </summary>
    public static readonly TimeSpan MaxAgeOfProvider = TimeSpan.FromHours(12);

    private const string Provider = "provider";
    private const string Stamp = "stamp";
    private const string Since = "since";

    /// <summary>Begins a session. Its cookie is always a new one.</summary>
    public Task SignInAsync(HttpContext context, Account account, bool byProvider = false)
    {
        var identity = new ClaimsIdentity(Scheme);
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, account.Id));
        identity.AddClaim(new Claim(Stamp, account.Stamp));
        identity.AddClaim(new Claim(Since, time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)));
        if (byProvider || IsOfProvider(context.User))
        {
            identity.AddClaim(new Claim(Provider, "1"));
        }

        return context.SignInAsync(Scheme, new ClaimsPrincipal(identity));
    }

    private static bool IsOfProvider(ClaimsPrincipal principal) => principal.HasClaim(claim => claim.Type == Provider);

    /// <summary>Ends this browser's session.</summary>
    public static Task SignOutAsync(HttpContext context) => context.SignOutAsync(Scheme);

    /// <summary>The account of the request's session; null without a session, or if it has ended.</summary>
    public async Task<Account?> FindAsync(HttpContext context)
    {
        var result = await context.AuthenticateAsync(Scheme);
        if (result.Principal is not { } principal)
        {
            return null;
        }

        if (principal.FindFirstValue(ClaimTypes.NameIdentifier) is { } id
            && long.TryParse(principal.FindFirstValue(Since), CultureInfo.InvariantCulture, out var since)
            && time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(since)
                < (IsOfProvider(principal) ? MaxAgeOfProvider : MaxAge)
            && await accounts.GetAsync(id, context.RequestAborted) is { State: AccountState.Active } account
            && account.Stamp == principal.FindFirstValue(Stamp))
        {
            // Antiforgery tokens are bound to the person.
            context.User = principal;
            return account;
        }

        await SignOutAsync(context);
        return null;
    }
}
