using DailyDigest.Accounts;
using DailyDigest.Settings;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DailyDigest.Web;

/// <summary>Registers the desk: sessions, forms, the gate and its pages.</summary>
internal static class DeskServices
{
    // No scheme has this name. Otherwise the host of a server would make ours the default, and read the cookie on readers' pages too.
    private const string NoScheme = "none";

    public static IServiceCollection AddDesk(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddDataProtection();
        services.AddOptions<DataProtectionOptions>().Configure<Publication>(
            (options, publication) => options.ApplicationDiscriminator = "DailyDigest " + publication.BaseUrl);
        services.AddSingleton<KeyRing>().AddSingleton<KeyRingCipher>();
        services.AddOptions<KeyManagementOptions>().Configure<KeyRing, KeyRingCipher>(
            (options, ring, cipher) => (options.XmlRepository, options.XmlEncryptor) = (ring, cipher));
        services.AddAuthentication(options => options.DefaultAuthenticateScheme = NoScheme).AddCookie(DeskSession.Scheme);
        services.AddOptions<CookieAuthenticationOptions>(DeskSession.Scheme).Configure<DeskCookies>((options, cookies) =>
        {
            options.Cookie = cookies.Builder("desk");
            options.ExpireTimeSpan = DeskSession.Idle;
            options.SlidingExpiration = true;
        });
        OpenIdHandler.Add(services, configuration);
        services.AddAntiforgery();
        services.AddOptions<AntiforgeryOptions>().Configure<DeskCookies>((options, cookies) =>
        {
            options.Cookie = cookies.Builder("desk-forms");
            options.FormFieldName = "token";
            options.SuppressXFrameOptionsHeader = true;
        });

        // They log why a cookie or a token was refused, with parts of it, and an event for every request.
        services.AddLogging(logging => logging
            .AddFilter("Microsoft.AspNetCore.Authentication", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.None)
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Warning));
        services.AddSingleton<DeskCookies>().AddSingleton<DeskSession>().AddSingleton<DeskMessages>().AddSingleton<Gate>()
            .AddSingleton<Passwords>().AddSingleton<OneTimeCodes>().AddSingleton<PendingSignIn>()
            .AddSingleton<CheckProvider>();
        return services.AddSingleton<SignInEndpoints>().AddSingleton<DigestEndpoints>().AddSingleton<AuditEndpoints>()
            .AddSingleton<TomorrowEndpoints>().AddSingleton<DigestDrafts>()
            .AddSingleton<FeedEndpoints>().AddSingleton<StoryEndpoints>()
            .AddSingleton<FigureEndpoints>().AddSingleton<HookEndpoints>().AddSingleton<RunEndpoints>().AddSingleton<RunActEndpoints>()
            .AddSingleton<PeopleEndpoints>().AddSingleton<KeyEndpoints>().AddSingleton<ProfileEndpoints>()
            .AddSingleton<CodeEndpoints>().AddSingleton<FactorEndpoints>().AddSingleton<OpenIdEndpoints>()
            .AddSingleton<ReaderEndpoints>().AddSingleton<ReaderActEndpoints>().AddSingleton<ImportEndpoints>()
            .AddSingleton<SuppressionEndpoints>().AddSingleton<SettingsEndpoints>().AddSingleton<LookEndpoints>()
            .AddSingleton<Examination>().AddSingleton<ListDigestDays>();
    }

    /// <summary>Maps the pages of the desk. A new page adds its line here.</summary>
    public static void MapDesk(this GuardedRoutes routes, IServiceProvider services)
    {
        services.GetRequiredService<SignInEndpoints>().Map(routes);
        services.GetRequiredService<TomorrowEndpoints>().Map(routes);
        services.GetRequiredService<DigestEndpoints>().Map(routes);
        services.GetRequiredService<StoryEndpoints>().Map(routes);
        services.GetRequiredService<FeedEndpoints>().Map(routes);
        services.GetRequiredService<FigureEndpoints>().Map(routes);
        services.GetRequiredService<HookEndpoints>().Map(routes);
        services.GetRequiredService<AuditEndpoints>().Map(routes);
        services.GetRequiredService<RunEndpoints>().Map(routes);
        services.GetRequiredService<RunActEndpoints>().Map(routes);
        services.GetRequiredService<ReaderEndpoints>().Map(routes);
        services.GetRequiredService<ReaderActEndpoints>().Map(routes);
        services.GetRequiredService<ImportEndpoints>().Map(routes);
        services.GetRequiredService<SuppressionEndpoints>().Map(routes);
        services.GetRequiredService<SettingsEndpoints>().Map(routes);
        services.GetRequiredService<LookEndpoints>().Map(routes);
        services.GetRequiredService<PeopleEndpoints>().Map(routes);
        services.GetRequiredService<KeyEndpoints>().Map(routes);
        services.GetRequiredService<ProfileEndpoints>().Map(routes);
        services.GetRequiredService<CodeEndpoints>().Map(routes);
        services.GetRequiredService<FactorEndpoints>().Map(routes);
        services.GetRequiredService<OpenIdEndpoints>().Map(routes);
        routes.Rest("/desk/{**rest}", Permission.SignedIn, RestAsync);
    }

    // Also "/desk" itself: it leads to the first page that the caller may see.
    private static Task RestAsync(DeskRequest request) =>
        HttpMethods.IsGet(request.Context.Request.Method) && request.Route("rest").Length == 0
            && request.View.Places.FirstOrDefault() is { } first
            ? request.RedirectAsync(first.Path) : request.NotFoundAsync();
}
