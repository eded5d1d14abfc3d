using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Carries one message over a redirect, in a protected cookie that the next page deletes.</summary>
internal sealed class DeskMessages(IDataProtectionProvider protection, DeskCookies cookies)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly IDataProtector protector = protection.CreateProtector("desk message");

    private string Name => cookies.Name("desk-message");

    /// <summary>For the next page.</summary>
    public void Set(HttpContext context, DeskMessage message) =>
        context.Response.Cookies.Append(Name, protector.Protect(JsonSerializer.Serialize(message)), cookies.Options(Lifetime));

    /// <summary>The message of the act before; null for none. It is shown once.</summary>
    public DeskMessage? Take(HttpContext context)
    {
        if (context.Request.Cookies[Name] is not { Length: > 0 } text)
        {
            return null;
        }

        context.Response.Cookies.Delete(Name, cookies.Options(TimeSpan.Zero));
        try
        {
            return JsonSerializer.Deserialize<DeskMessage>(protector.Unprotect(text));
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException)
        {
            return null;
        }
    }
}
