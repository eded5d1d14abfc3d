using System.Security.Cryptography;
using System.Text.Json;
using DailyDigest.Accounts;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// Between the password and the code: a protected cookie that says whose password was right. It opens no page. It ends after ten minutes,
/// with the browser's sign-in, and when the account's sessions end.
/// </summary>
internal sealed class PendingSignIn(
    IDataProtectionProvider protection, DeskCookies cookies, AccountStore accounts, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly IDataProtector protector = protection.CreateProtector("desk pending sign-in");

    private string Name => cookies.Name("desk-pending");

    /// <summary>The person now has to enter a code.</summary>
    public void Set(HttpContext context, Account account, string? path) => context.Response.Cookies.Append(
        Name, protector.Protect(JsonSerializer.Serialize(new Half(account.Id, account.Stamp, time.GetUtcNow() + Lifetime, path))),
        cookies.Options(Lifetime));

    /// <summary>
    /// The account whose password was right, and the page to show afterwards; null if there is none, or if it took too long.
    /// </summary>
    public async Task<(Account Account, string? Path)?> FindAsync(HttpContext context)
    {
        try
        {
            return context.Request.Cookies[Name] is { Length: > 0 } text
                && JsonSerializer.Deserialize<Half>(protector.Unprotect(text)) is { } half && half.Until > time.GetUtcNow()
                && await accounts.GetAsync(half.Id, context.RequestAborted) is { State: AccountState.Active } account
                && account.Stamp == half.Stamp ? (account, half.Path) : null;
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The sign-in is complete, or given up.</summary>
    public void End(HttpContext context) => context.Response.Cookies.Delete(Name, cookies.Options(TimeSpan.Zero));

    private sealed record Half(string Id, string Stamp, DateTimeOffset Until, string? Path);
}
