using DailyDigest.Content;
using DailyDigest.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DailyDigest.Feeds;

/// <summary>Wiring of ingest.</summary>
public static class FeedsRegistration
{
    /// <summary>
    /// Adds the HTTP reader, the stores of stories and feeds, and the use cases <see cref="PollFeeds"/>, <see cref="AcceptStory"/> and
    /// <see cref="AcceptSignals"/>. Needs an <see cref="DailyDigest.Storage.ITableStore"/> and logging; brings <see cref="Publication"/>
    /// (from its section) and the system's clock unless they are there. <see cref="FeedsOptions"/> is validated at start.
    /// </summary>
    public static IServiceCollection AddFeeds(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<FeedsOptions>(configuration, FeedsOptions.Section, (options, _) => options.Validate());
        services.TryAddSingleton(provider => FeedConnector.For(provider.GetRequiredService<FeedsOptions>().AllowPrivateAddresses));
        services.TryAddSingleton<IFeedReader, HttpFeedReader>();
        return services;
    }
}
