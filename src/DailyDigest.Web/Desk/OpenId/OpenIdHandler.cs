using System.Text.Encodings.Web;
using DailyDigest.Settings;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace DailyDigest.Web;

/// <summary>
/// The framework's OpenID Connect handler: code flow with PKCE, state, nonce, signature. It answers only when the desk's route asks it to,
/// and not as a middleware: the gate comes first, and both heads have the same pipeline. The route decides about the person whom it found.
/// </summary>
internal sealed class OpenIdHandler(
    IOptionsMonitor<OpenIdConnectOptions> options, ILoggerFactory logger, HtmlEncoder html, UrlEncoder encoder)
    : OpenIdConnectHandler(options, logger, html, encoder)
{
    /// <summary>The name of the scheme.</summary>
    public const string Name = "openid";

    /// <summary>The path to which the provider sends people back.</summary>
    public const string Callback = "/desk/sign-in/openid/return";

    private static readonly object Asked = new();
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    public override Task<bool> ShouldHandleRequestAsync() => Task.FromResult(Context.Items.ContainsKey(Asked));

    /// <summary>Registers the handler if there is a provider: a server's host asks each handler at every request.</summary>
    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        if (string.IsNullOrEmpty(configuration[$"{OpenIdOptions.Section}:{nameof(OpenIdOptions.Authority)}"]))
        {
            return;
        }

        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IPostConfigureOptions<OpenIdConnectOptions>, OpenIdConnectPostConfigureOptions>());
        services.AddAuthentication().AddRemoteScheme<OpenIdConnectOptions, OpenIdHandler>(Name, null, _ => { });
        services.AddOptions<OpenIdConnectOptions>(Name).Configure<OpenIdOptions, DeskCookies, Publication, TimeProvider>(Configure);

        // They log parts of what the provider and strangers sent.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.Authentication.OpenIdConnect", LogLevel.None)
            .AddFilter(typeof(OpenIdHandler).FullName, LogLevel.None));
    }

    /// <summary>Reads the answer of the provider in the request. Null if it is not a right one; the fault says why.</summary>
    public static async Task<(AuthenticationTicket? Ticket, Exception? Fault)> ReadAsync(HttpContext context)
    {
        var handlers = context.RequestServices.GetRequiredService<IAuthenticationHandlerProvider>();
        var handler = (OpenIdHandler)(await handlers.GetHandlerAsync(context, Name))!;
        var found = new Found();
        context.Items[Asked] = found;
        await handler.HandleRequestAsync();
        return (found.Ticket, found.Fault);
    }

    private static void Configure(
        OpenIdConnectOptions options, OpenIdOptions provider, DeskCookies cookies, Publication publication, TimeProvider time)
    {
        var authority = provider.Authority.TrimEnd('/');
        (options.Authority, options.ClientId) = (authority, provider.ClientId.Trim());
        options.ClientSecret = provider.ClientSecret.Length > 0 ? provider.ClientSecret : null;
        options.RequireHttpsMetadata = authority.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        options.CallbackPath = Callback;
        options.ResponseType = OpenIdConnectResponseType.Code;

        // A form of another site would need cookies that every site can send.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.SignInScheme = DeskSession.Scheme;
        options.MapInboundClaims = false;
        options.SaveTokens = false;
        options.RemoteAuthenticationTimeout = Lifetime;
        options.BackchannelTimeout = AnswerTimeout;
        options.BackchannelHttpHandler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        options.Scope.Clear();
        foreach (var scope in provider.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            options.Scope.Add(scope);
        }

        // Many providers put groups and address there only.
        options.GetClaimsFromUserInfoEndpoint = true;
        options.ClaimActions.Clear();
        foreach (var claim in (string[])["email", "email_verified", "name", provider.RoleClaim])
        {
            options.ClaimActions.MapJsonKey(claim, claim);
        }

        options.CorrelationCookie = cookies.Builder("desk-openid.");
        options.NonceCookie = cookies.Builder("desk-nonce.");

        // Relative: the clock of the browser may be wrong.
        options.CorrelationCookie.MaxAge = options.NonceCookie.MaxAge = Lifetime;
        options.TokenValidationParameters.NameClaimType = "name";
        options.TokenValidationParameters.LifetimeValidator = (from, until, _, _) =>
            until is { } end && end + ClockSkew > time.GetUtcNow().UtcDateTime
            && (from is null || from.Value - ClockSkew <= time.GetUtcNow().UtcDateTime);
        options.Events.OnRedirectToIdentityProvider = context =>
        {
            // A proxy may end https before us, and a person may use another name of this host.
            context.ProtocolMessage.RedirectUri = publication.BaseUrl.TrimEnd('/') + Callback;
            return Task.CompletedTask;
        };
        options.Events.OnMessageReceived = async context =>
        {
            // An answer of another provider (RFC 9207).
            if (context.ProtocolMessage.GetParameter("iss") is { Length: > 0 } issuer
                && issuer != (await context.Options.ConfigurationManager!.GetConfigurationAsync(context.HttpContext.RequestAborted)).Issuer)
            {
                context.Fail("The answer names another issuer.");
            }
        };
        options.Events.OnTokenValidated = context =>
        {
            // The framework takes a token without a signature if it came from the provider itself. Ours come with one.
            if (string.IsNullOrEmpty(context.SecurityToken.RawSignature))
            {
                context.Fail("The token has no signature.");
            }

            return Task.CompletedTask;
        };
        options.Events.OnTicketReceived = context =>
        {
            FoundIn(context.HttpContext).Ticket = new AuthenticationTicket(
                context.Principal!, new AuthenticationProperties { RedirectUri = context.ReturnUri }, Name);
            context.HandleResponse();
            return Task.CompletedTask;
        };
        options.Events.OnRemoteFailure = context =>
        {
            FoundIn(context.HttpContext).Fault = context.Failure;
            context.HandleResponse();
            return Task.CompletedTask;
        };
    }

    private static Found FoundIn(HttpContext context) => (Found)context.Items[Asked]!;

    private sealed class Found
    {
        public AuthenticationTicket? Ticket { get; set; }

        public Exception? Fault { get; set; }
    }
}
