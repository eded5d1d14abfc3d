using System.Security.Claims;
using DailyDigest.Accounts;
using DailyDigest.Mailing;
using DailyDigest.Settings;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace DailyDigest.Web;

/// <summary>Signing in and out by an OpenID Connect provider.</summary>
internal sealed partial class OpenIdEndpoints(
    OpenIdOptions provider, AdmitAccount admit, DeskSession sessions, IOptionsMonitor<OpenIdConnectOptions> options,
    Publication publication, ILogger<OpenIdEndpoints> logger)
{
    private const string Path = "/desk/sign-in/openid";

    public void Map(GuardedRoutes routes)
    {
        routes.Get(Path, Permission.Open, BeginAsync);
        routes.Get(OpenIdHandler.Callback, Permission.Open, ReturnAsync);
        routes.Get("/desk/sign-out/openid", Permission.Open, EndAsync);
    }

    // A link and not a form: browsers apply form-action to redirects, and the provider may redirect further.
    private async Task BeginAsync(DeskRequest request)
    {
        if (!provider.IsSet)
        {
            await request.NotFoundAsync();
            return;
        }

        try
        {
            await request.Context.ChallengeAsync(
                OpenIdHandler.Name, new AuthenticationProperties { RedirectUri = ReturnPath.Of(request.Query("returnUrl")) ?? "/desk" });
            request.Context.Response.Headers.CacheControl = "no-store";
        }
        catch (Exception exception) when (!request.Cancellation.IsCancellationRequested)
        {
            await DownAsync(request, exception);
        }
    }

    // GET, because the provider's answer is one (RFC 6749, 4.1.2). Only the browser that began has the cookies, and only once.
    private async Task ReturnAsync(DeskRequest request)
    {
        if (!provider.IsSet)
        {
            await request.NotFoundAsync();
            return;
        }

        var (ticket, fault) = await OpenIdHandler.ReadAsync(request.Context);
        if (ticket is null)
        {
            await (IsDown(fault) ? DownAsync(request, fault!) : FailAsync(request, fault));
            return;
        }

        await AdmitAsync(request, ticket.Principal, ReturnPath.Of(ticket.Properties.RedirectUri));
    }

    private async Task AdmitAsync(DeskRequest request, ClaimsPrincipal person, string? path)
    {
        if (person.FindFirst("sub") is not { Value.Length: > 0 } subject || person.FindFirstValue("iss") is not { } issuer)
        {
            await FailAsync(request, null);
            return;
        }

        if (provider.RoleOf(person.FindAll(provider.RoleClaim).Select(claim => claim.Value)) is not { } role)
        {
            await admit.RefuseAsync(issuer, subject.Value, request.Cancellation);
            await RefuseAsync(request, "NoRole");
            return;
        }

        if (!EmailAddress.TryParse(person.FindFirstValue("email") ?? "", out var email))
        {
            await RefuseAsync(request, "NoEmail");
            return;
        }

        if (!IsVerified(person))
        {
            await RefuseAsync(request, "Unverified");
            return;
        }

        var (outcome, account) = await admit.ExecuteAsync(
            new ProviderPerson(issuer, subject.Value, email, person.FindFirstValue("name") ?? "", role), request.Cancellation);
        if (outcome == AdmitAccountOutcome.Busy)
        {
            await FailAsync(request, null);
            return;
        }

        if (account is null)
        {
            await RefuseAsync(request, outcome.ToString());
            return;
        }

        await sessions.SignInAsync(request.Context, account, byProvider: true);
        await request.RedirectAsync(path ?? "/desk");
    }

    // Signing out here leaves the session at the provider, which other sites use too.
    private async Task EndAsync(DeskRequest request)
    {
        if (!provider.IsSet)
        {
            await request.NotFoundAsync();
            return;
        }

        OpenIdConnectConfiguration metadata;
        try
        {
            metadata = await options.Get(OpenIdHandler.Name).ConfigurationManager!.GetConfigurationAsync(request.Cancellation);
        }
        catch (Exception exception) when (!request.Cancellation.IsCancellationRequested)
        {
            await DownAsync(request, exception);
            return;
        }

        if (metadata.EndSessionEndpoint is not { Length: > 0 } end)
        {
            await request.RedirectAsync("/desk/sign-in");
            return;
        }

        request.Context.Response.Redirect(QueryHelpers.AddQueryString(end, new Dictionary<string, string?>
        {
            ["client_id"] = provider.ClientId,
            ["post_logout_redirect_uri"] = publication.BaseUrl.TrimEnd('/') + "/desk/sign-in",
        }));
        request.Context.Response.Headers.CacheControl = "no-store";
    }

    private bool IsVerified(ClaimsPrincipal person) => person.FindAll("email_verified").Select(claim => claim.Value).ToList() is { } said
        && (said.Count > 0 ? said.All(value => value.Equals("true", StringComparison.OrdinalIgnoreCase)) : provider.TrustEmail);

    // No connection, no answer in time, or metadata that cannot be read.
    private static bool IsDown(Exception? fault)
    {
        for (var one = fault; one is not null; one = one.InnerException)
        {
            if (one is HttpRequestException or TaskCanceledException or IOException
                || one.Message.StartsWith("IDX20803", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private Task DownAsync(DeskRequest request, Exception fault)
    {
        Log.Down(logger, fault.GetType().Name);
        return request.MessageAsync(
            StatusCodes.Status503ServiceUnavailable, "OpenId.Down", "/desk/sign-in", "SignIn.Title", provider.Name);
    }

    private Task FailAsync(DeskRequest request, Exception? fault)
    {
        Log.Failed(logger, Reason(fault));
        return request.MessageAsync(
            StatusCodes.Status400BadRequest, "OpenId.Failed", "/desk/sign-in", "SignIn.Title", provider.Name);
    }

    private Task RefuseAsync(DeskRequest request, string reason)
    {
        Log.Refused(logger, reason);
        return request.MessageAsync(
            StatusCodes.Status403Forbidden, "OpenId." + reason, "/desk/sign-in", "SignIn.Title", provider.Name);
    }

    // Types, and numbers of the library's messages. The messages quote what was sent.
    private static string Reason(Exception? fault) => fault is null ? "no answer"
        : fault.Message.StartsWith("IDX", StringComparison.Ordinal) ? $"{fault.GetType().Name} {fault.Message.Split(':', 2)[0]}"
        : fault.GetType().Name;

    private static partial class Log
    {
        [LoggerMessage(870, LogLevel.Warning,
            "The OpenID Connect provider did not answer ({Reason}). People can sign in again when it does. Check Desk__OpenId__Authority")]
        public static partial void Down(ILogger logger, string reason);

        [LoggerMessage(871, LogLevel.Warning,
            "A sign-in by OpenID Connect failed ({Reason}); nobody was signed in. If it fails for everybody, check Desk__OpenId__ClientId "
            + "and __ClientSecret, and the return address at the provider")]
        public static partial void Failed(ILogger logger, string reason);

        [LoggerMessage(872, LogLevel.Information, "A sign-in by OpenID Connect was refused: {Reason}")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
