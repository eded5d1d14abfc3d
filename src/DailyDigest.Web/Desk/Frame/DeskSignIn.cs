using DailyDigest.Accounts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.Web;

/// <summary>Signing in for a head that has its own way to know who it is.</summary>
public static class DeskSignIn
{
    /// <summary>Begins a session of the account in the browser of the request. The caller has checked that it is this person.</summary>
    public static Task SignInToDeskAsync(this HttpContext context, Account account) =>
        context.RequestServices.GetRequiredService<DeskSession>().SignInAsync(context, account);
}
