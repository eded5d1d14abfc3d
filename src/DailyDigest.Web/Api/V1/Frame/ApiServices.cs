using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Web;

/// <summary>Registers <c>/api/v1</c>: the frame, its document, and the resources.</summary>
internal static class ApiServices
{
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options => ApiJson.Configure(options.SerializerOptions));
        services.AddOpenApi(ApiDocument.Name, ApiDocument.Configure);

        // The explorer that finds the routes says at each start that there are no controllers.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.Mvc", LogLevel.Warning));
        services.AddSingleton<ApiCalls>().AddSingleton<ApiCursors>().AddSingleton<DocumentResource>();
        return services.AddSingleton<ReaderResource>().AddSingleton<ReaderActResource>().AddSingleton<ImportResource>()
            .AddSingleton<SuppressionResource>().AddSingleton<FigureResource>().AddSingleton<RunResource>()
            .AddSingleton<HookResource>().AddSingleton<SettingResource>().AddSingleton<DraftResource>()
            .AddSingleton<FeedResource>().AddSingleton<StoryResource>()
            .AddSingleton<KeyResource>().AddSingleton<PersonResource>().AddSingleton<ChangeResource>();
    }

    /// <summary>Maps the routes. A new resource adds its line here.</summary>
    public static void MapApi(this GuardedRoutes guarded, IServiceProvider services)
    {
        var routes = ActivatorUtilities.CreateInstance<ApiRoutes>(services, guarded);
        services.GetRequiredService<DocumentResource>().Map(guarded);
        services.GetRequiredService<ReaderResource>().Map(routes);
        services.GetRequiredService<ReaderActResource>().Map(routes);
        services.GetRequiredService<ImportResource>().Map(routes);
        services.GetRequiredService<SuppressionResource>().Map(routes);
        services.GetRequiredService<FigureResource>().Map(routes);
        services.GetRequiredService<RunResource>().Map(routes);
        services.GetRequiredService<HookResource>().Map(routes);
        services.GetRequiredService<SettingResource>().Map(routes);
        services.GetRequiredService<DraftResource>().Map(routes);
        services.GetRequiredService<KeyResource>().Map(routes);
        services.GetRequiredService<PersonResource>().Map(routes);
        services.GetRequiredService<ChangeResource>().Map(routes);
        services.GetRequiredService<FeedResource>().Map(routes);
        services.GetRequiredService<StoryResource>().Map(routes);
    }
}
