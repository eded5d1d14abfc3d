using DailyDigest.App;
using DailyDigest.AzureStorage;
using DailyDigest.Feeds;
using DailyDigest.Mail;
using DailyDigest.Monitoring;
using DailyDigest.Moving;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Web;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Functions;

/// <summary>Registers the services of the Azure Functions head.</summary>
public static class FunctionsServices
{
    /// <summary>
    /// The default of <see cref="DeliveryOptions.CutOff"/>. The host ends a function after functionTimeout (host.json: 10 minutes),
    /// together with its process and every other part in it. A relay may need as long to answer one message (RFC 5321, 4.5.3.2.6). So a
    /// part is left two minutes earlier.
    /// </summary>
    public static readonly TimeSpan CutOff = TimeSpan.FromMinutes(8);

    /// <summary>
    /// The default of <see cref="DeliveryOptions.StopGrace"/>. The host gives a worker 5 seconds to end, and a part must be released within
    /// them (see <see cref="RunningParts"/>).
    /// </summary>
    public static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(4);

    /// <summary>Adds the product with Azure Storage, feeds, mail and pages, and the pipeline for the HTTP triggers.</summary>
    public static IServiceCollection AddDailyDigestFunctions(this IServiceCollection services, IConfiguration configuration)
    {
        // The queue's name in the trigger is a literal. With a prefix, the product would write to a queue that the host does not read.
        services.AddOptions<AzureStorageOptions>().Validate(
            options => options.TablePrefix == "",
            "Storage__Azure__TablePrefix must be empty on Azure Functions; give each publication an account.");
        services.AddOptions<DeliveryOptions>().PostConfigure(options =>
        {
            options.CutOff ??= CutOff;
            if (configuration[$"{DeliveryOptions.Section}:{nameof(DeliveryOptions.StopGrace)}"] is null)
            {
                options.StopGrace = StopGrace;
            }
        });
        services.AddHostedService<HostWatch>().AddHostedService<FigureWorker>();
        services.AddSingleton<StartWarnings>().AddSingleton<RunningParts>();
        services.AddHostedService(provider => provider.GetRequiredService<RunningParts>());
        return services
            .AddDailyDigest(configuration)
            .AddAzureStorage(configuration)
            .AddStoreGuard()
            .AddAzureIdentity()
            .AddFeeds(configuration)
            .AddMail(configuration)
            .AddWeb(configuration)
            .AddMonitoring(configuration)
            .AddSingleton(Pages.Create)
            // ASP.NET Core logs the URL of each request at Information, and readers' links contain tokens.
            .AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning));
    }
}
