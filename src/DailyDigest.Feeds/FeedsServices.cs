using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DailyDigest.Feeds;

/// <summary>Registers the readers of feeds and pictures.</summary>
public static class FeedsServices
{
    /// <summary>
    /// Adds the HTTP readers for <see cref="PollFeeds"/> and <see cref="CopyPictures"/>. Requires AddDailyDigest.
    /// <see cref="FeedsOptions"/> is validated at start.
    /// </summary>
    public static IServiceCollection AddFeeds(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<FeedsOptions>(configuration, FeedsOptions.Section, (options, _) => options.Validate());
        services.TryAddSingleton(provider => FeedConnector.For(provider.GetRequiredService<FeedsOptions>().AllowPrivateAddresses));
        services.TryAddSingleton<IFeedReader, HttpFeedReader>();
        services.TryAddSingleton<IPictureReader, HttpPictureReader>();
        return services;
    }
}
