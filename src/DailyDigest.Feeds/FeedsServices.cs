using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Hooks;
using DailyDigest.Returns;
using DailyDigest.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DailyDigest.Feeds;

/// <summary>Registers the readers of feeds and pictures, the sender of web hooks, and the reader of providers' pages.</summary>
public static class FeedsServices
{
    /// <summary>
    /// Adds the HTTP readers for <see cref="PollFeeds"/> and <see cref="CopyPictures"/>, the sender for <see cref="CallReceiver"/>, and
    /// <see cref="IProviderPages"/>.
    /// Requires AddDailyDigest.
    /// <see cref="FeedsOptions"/> is validated at start.
    /// </summary>
    public static IServiceCollection AddFeeds(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<FeedsOptions>(configuration, FeedsOptions.Section, (options, _) => options.Validate());
        services.TryAddSingleton(provider => FeedConnector.For(provider.GetRequiredService<FeedsOptions>().AllowPrivateAddresses));
        services.TryAddSingleton<IFeedReader, HttpFeedReader>();
        services.TryAddSingleton<IPictureReader, HttpPictureReader>();
        services.TryAddSingleton<IHookSender>(provider => new HttpHookSender(
            provider.GetRequiredService<Publication>(),
            FeedConnector.For(provider.GetRequiredService<HooksOptions>().AllowPrivateAddresses, "Hooks__AllowPrivateAddresses"),
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IProviderPages>(provider => new HttpProviderPages(
            provider.GetRequiredService<Publication>(), FeedConnector.For(allowPrivateAddresses: false),
            provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
