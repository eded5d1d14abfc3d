using DailyDigest.Content;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

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
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => configuration.GetSection(Publication.Section).Get<Publication>() ?? new Publication());
        services.Configure<FeedsOptions>(configuration.GetSection(FeedsOptions.Section));
        services.AddSingleton<IValidateOptions<FeedsOptions>, FeedsOptionsCheck>();
        services.AddOptions<FeedsOptions>().ValidateOnStart();
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<FeedsOptions>>().Value);
        services.TryAddSingleton(provider => FeedConnector.For(provider.GetRequiredService<FeedsOptions>().AllowPrivateAddresses));
        services.TryAddSingleton<IFeedReader, HttpFeedReader>();
        services.TryAddSingleton<StoryStore>();
        services.TryAddSingleton<FeedStore>();
        services.TryAddSingleton<PollFeeds>();
        services.TryAddSingleton<AcceptStory>();
        services.TryAddSingleton<AcceptSignals>();
        return services;
    }

    private sealed class FeedsOptionsCheck : IValidateOptions<FeedsOptions>
    {
        public ValidateOptionsResult Validate(string? name, FeedsOptions options) =>
            options.Validate().ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
