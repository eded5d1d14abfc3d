using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DailyDigest.Web;

/// <summary>
/// Registers pages and endpoints: call <c>AddWeb</c>, then <c>UseWeb</c> before routing and <c>MapWeb</c> for the endpoints. They need
/// routing only, and no further middleware. So they run in a server and behind a function alike. Only the desk has cookies.
/// </summary>
public static class WebServices
{
    private static readonly string[] Read = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Adds the pages, with their options from the sections Api, Desk:OpenId, Returns:Hooks and Web. Requires AddDailyDigest.
    /// </summary>
    public static IServiceCollection AddWeb(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<ApiOptions>(configuration, ApiOptions.Section, (options, development) => options.Validate(development));
        services.AddOptions<ApiOptions>().Configure(
            options => options.OneText = configuration[$"{ApiOptions.Section}:{nameof(ApiOptions.Keys)}"] ?? "");
        services.AddSecrets(() => ApiOptions.Secrets(configuration));
        services.AddSettings<OpenIdOptions>(configuration, OpenIdOptions.Section, (options, _) => options.Validate());
        services.AddSettings<WebOptions>(configuration, WebOptions.Section, (options, _) => options.Validate());
        services.AddSingleton<IValidateOptions<Publication>>(PageTexts.Files);
        services.AddRouting();

        // RequestBody limits bodies, on every server. Proxies add less than half of this limit to the headers.
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        });

        // The framework logs the path of every request, also as a scope around other log lines. The path of a personal page contains its
        // token. It also logs parts of requests that it could not read.
        services.AddLogging(logging => logging
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            .AddFilter("Microsoft.AspNetCore.HttpOverrides", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Routing", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning));
        services.AddSingleton<Assets>().AddSingleton<PageRenderer>().AddSingleton<SecurityHeaders>().AddSingleton<ErrorPages>();
        services.AddSingleton<OwnOrigin>().AddSingleton<WrongKeys>().AddSingleton<ApiKeyCheck>().AddSingleton<LatestDigest>();
        services.AddSingleton<PastDigests>().AddSingleton<FrontPageCache>().AddSingleton<ClientNetwork>();
        Alerts.Add(services);
        services.AddSingleton<SignUpEndpoints>().AddSingleton<SignUpJsonEndpoints>();
        services.AddSingleton<PersonalPages>().AddSingleton<SubscriberEndpoints>().AddSingleton<PreferencesEndpoints>();
        services.AddSingleton<OwnerEndpoints>().AddSingleton<PictureEndpoints>();
        services.AddSingleton<ApiEndpoints>().AddSingleton<OutcomeEndpoints>().AddSingleton<HealthEndpoints>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ArchiveEndpoints>(provider));
        ProviderHooks.Add(services, configuration);
        return services.AddApi().AddDesk(configuration);
    }

    /// <summary>Adds headers, limits and error pages around everything that is mapped after it.</summary>
    public static IApplicationBuilder UseWeb(this IApplicationBuilder app)
    {
        ClientNetwork.Use(app, app.ApplicationServices.GetRequiredService<WebOptions>());
        var errors = app.ApplicationServices.GetRequiredService<ErrorPages>();
        return app.Use(next => context => errors.InvokeAsync(context, next));
    }

    /// <summary>Maps every page and endpoint. GET and HEAD change nothing anywhere.</summary>
    public static IEndpointRouteBuilder MapWeb(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        var signUp = services.GetRequiredService<SignUpEndpoints>();
        Get(routes, "/", signUp.ShowAsync);
        Post(routes, "/signup", signUp.PostAsync);
        Post(routes, "/subscribe", signUp.PostFromOtherSiteAsync);
        Get(routes, "/signup", signUp.BackToFormAsync);
        Get(routes, "/subscribe", signUp.BackToFormAsync);
        Post(routes, "/signup/again", signUp.PostAgainAsync);
        Get(routes, "/signup/again", signUp.BackToFormAsync);
        var signUpJson = services.GetRequiredService<SignUpJsonEndpoints>();
        routes.MapMethods(SignUpJsonEndpoints.Path, [.. Read, HttpMethods.Post, HttpMethods.Options], signUpJson.AnswerAsync);

        var personal = services.GetRequiredService<SubscriberEndpoints>();
        Get(routes, "/confirm/{token}", personal.ShowConfirmAsync);
        Post(routes, "/confirm/{token}", personal.ConfirmAsync);
        Get(routes, "/unsubscribe/{token}", personal.ShowUnsubscribeAsync);
        Post(routes, "/unsubscribe/{token}", personal.UnsubscribeAsync);
        Post(routes, "/unsubscribe/{token}/undo", personal.UndoAsync);
        Post(routes, "/unsubscribe/{token}/why", personal.WhyAsync);
        Post(routes, "/unsubscribe/{token}/instead", personal.InsteadAsync);
        Get(routes, "/address/{token}", personal.ShowMoveAsync);
        Post(routes, "/address/{token}", personal.MoveAsync);

        var preferences = services.GetRequiredService<PreferencesEndpoints>();
        Get(routes, "/preferences/{token}", preferences.ShowAsync);
        Post(routes, "/preferences/{token}", preferences.ChangeAsync);
        Post(routes, "/preferences/{token}/pause", preferences.PauseAsync);
        Post(routes, "/preferences/{token}/resume", preferences.ResumeAsync);
        Post(routes, "/preferences/{token}/wake", preferences.WakeAsync);
        Post(routes, "/preferences/{token}/link", preferences.MailLinkAsync);

        var owner = services.GetRequiredService<OwnerEndpoints>();
        Get(routes, "/data/{token}", owner.ShowDataAsync);
        Get(routes, "/data/{token}/file", owner.DataAsync);
        Get(routes, "/move/{token}", owner.ShowMoveAsync);
        Post(routes, "/move/{token}", owner.MoveAsync);
        Get(routes, "/erase/{token}", owner.ShowEraseAsync);
        Post(routes, "/erase/{token}", owner.EraseAsync);
        Get(routes, "/undo-move/{token}", owner.ShowUndoAsync);
        Post(routes, "/undo-move/{token}", owner.UndoAsync);

        var archive = services.GetRequiredService<ArchiveEndpoints>();
        Get(routes, "/digests", archive.ListAsync);
        Get(routes, "/digests/feed.atom", archive.FeedAsync);
        Get(routes, "/digests/{date}", archive.ShowAsync);

        Get(routes, CopyPictures.Path + "/{date}/{name}", services.GetRequiredService<PictureEndpoints>().ShowAsync);

        var guarded = new GuardedRoutes(routes, services.GetRequiredService<Gate>());
        var api = services.GetRequiredService<ApiEndpoints>();
        guarded.ApiPost("/api/stories", Permission.PushStories, api.StoryAsync);
        guarded.ApiPost("/api/stories/{id}/signals", Permission.PushStories, api.SignalsAsync);
        guarded.ApiPost("/api/outcomes", Permission.ReportOutcomes, services.GetRequiredService<OutcomeEndpoints>().PostAsync);
        guarded.MapApi(services);
        guarded.ApiRest("/api/{**rest}", Permission.AnyKey, ApiEndpoints.NotFoundAsync);
        guarded.MapDesk(services);
        services.GetRequiredService<ProviderHooks>().Map(guarded);

        Get(routes, "/healthz", HealthEndpoints.HealthyAsync);
        Get(routes, "/readyz", services.GetRequiredService<HealthEndpoints>().ReadyAsync);
        var assets = services.GetRequiredService<Assets>();
        Get(routes, "/favicon.ico", assets.RedirectToIconAsync);
        foreach (var asset in assets.All)
        {
            Get(routes, asset.Path, asset.AnswerAsync);
        }

        Requirement.Check(routes.DataSources.SelectMany(source => source.Endpoints));
        return routes;
    }

    private static void Get(IEndpointRouteBuilder routes, string pattern, RequestDelegate answer) =>
        routes.MapMethods(pattern, Read, answer);

    private static void Post(IEndpointRouteBuilder routes, string pattern, RequestDelegate answer) => routes.MapPost(pattern, answer);
}
