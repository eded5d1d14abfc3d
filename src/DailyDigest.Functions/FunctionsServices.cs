using DailyDigest.App;
using DailyDigest.AzureStorage;
using DailyDigest.Feeds;
using DailyDigest.Mail;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Web;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Functions;

/// <summary>Wiring.</summary>
public static class FunctionsServices
{
    /// <summary>
    /// The host ends a function after functionTimeout (host.json: 10 minutes), and with it the process and every other part in it; a relay may take as long to
    /// answer a single message (RFC 5321 4.5.3.2.6). Two minutes before that a part is left in good order.
    /// </summary>
    public static readonly TimeSpan CutOff = TimeSpan.FromMinutes(8);

    /// <summary>The whole product on Azure Storage, and the pages' pipeline for the HTTP triggers.</summary>
    public static IServiceCollection AddDailyDigestFunctions(this IServiceCollection services, IConfiguration configuration)
    {
        // The queue's name in the trigger is a literal: with a prefix the product would write to one queue and the host listen to another.
        services.AddOptions<AzureStorageOptions>().Validate(
            options => options.TablePrefix == "", "Storage__Azure__TablePrefix must be empty on Azure Functions; give each publication an account.");
        services.AddOptions<DeliveryOptions>().PostConfigure(options => options.CutOff ??= CutOff);
        return services
            .AddDailyDigest(configuration)
            .AddAzureStorage(configuration)
            .AddFeeds(configuration)
            .AddMail(configuration)
            .AddWeb(configuration)
            .AddSingleton(Pages.Create)
            // ASP.NET Core logs each request's URL at Information, and a reader's links carry tokens.
            .AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning));
    }
}
