using DailyDigest.Content;
using DailyDigest.Delivery;
using DailyDigest.Digests;
using DailyDigest.Schedule;
using DailyDigest.Selection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DailyDigest;

/// <summary>Wiring of what every head needs, whatever its storage and mail.</summary>
public static class DailyDigestServices
{
    /// <summary>Adds the rules and use cases of selection, digests, schedule and delivery. Storage, feeds, mail and readers are added by their projects.</summary>
    public static IServiceCollection AddDailyDigest(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<PrepareStart>();
        services.AddSettings<Publication>(configuration, Publication.Section, (options, development) => options.Validate(development));
        services.AddSettings<DeliveryOptions>(configuration, DeliveryOptions.Section, (options, _) => options.Validate());
        services.AddSettings<SelectionOptions>(configuration, SelectionOptions.Section, (options, _) => options.Validate());

        services.TryAddSingleton<StoryStore>();
        services.TryAddSingleton<FeedStore>();
        services.AddSingleton<DigestStore>();
        services.AddSingleton<VariantStore>();
        services.AddSingleton<SentStoryStore>();
        services.AddSingleton<PrepareDigest>();

        services.AddSingleton<CohortStore>();
        services.AddSingleton<StartRun>();
        services.AddSingleton<Sweep>();
        services.AddSingleton<Purge>();
        services.AddSingleton<BeginDate>();
        services.AddSingleton<Tick>();

        services.AddSingleton<RunStore>();
        services.AddSingleton<DeliverPart>();
        services.AddSingleton<DeliverHints>();
        services.AddSingleton<CloseRun>();
        services.AddSingleton<EndRefused>();
        services.AddSingleton<SteerRun>();
        services.AddSingleton<SendAgain>();
        services.AddSingleton<HoldInDoubt>();
        services.AddSingleton<RetryNow>();
        services.AddSingleton<Withhold>();
        services.AddSingleton<ReportRun>();
        services.AddSingleton<TraceReader>();
        services.AddSingleton<ExportNotSent>();
        return services;
    }
}
