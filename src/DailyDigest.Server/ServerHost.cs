using DailyDigest.App;
using DailyDigest.AzureStorage;
using DailyDigest.Feeds;
using DailyDigest.Mail;
using DailyDigest.Server.Demo;
using DailyDigest.Server.Workers;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Subscribers;
using DailyDigest.Web;
using Microsoft.Extensions.Options;

namespace DailyDigest.Server;

/// <summary>Puts the self-hosted program together: web, clock, ingest and delivery on either storage.</summary>
public static class ServerHost
{
    /// <summary>Builds the program. Its storage is chosen here, once: Azure when an account is configured, else the embedded file.</summary>
    /// <param name="args">Configuration given as --Section:Name=value.</param>
    /// <param name="workers">True to run the clock, ingest and delivery beside the web server.</param>
    /// <param name="configure">For test programs: further services, such as a clock.</param>
    /// <exception cref="OptionsValidationException">A setting is at fault; one line per fault.</exception>
    public static WebApplication Build(string[] args, bool workers, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
            console.UseUtcTimestamp = true;
        });
        DemoSettings.Add(builder);
        configure?.Invoke(builder);

        var (services, configuration) = (builder.Services, builder.Configuration);
        services.AddDailyDigest(configuration).AddFeeds(configuration).AddMail(configuration).AddWeb(configuration);
        var azure = configuration.GetSection(AzureStorageOptions.Section);
        _ = azure[nameof(AzureStorageOptions.ConnectionString)] is { Length: > 0 } || azure[nameof(AzureStorageOptions.AccountName)] is { Length: > 0 }
            ? services.AddAzureStorage(configuration)
            : services.AddSqliteStorage(configuration);
        services.AddTelemetry(configuration);
        if (workers)
        {
            services.AddSingleton<FirstPoll>();
            services.AddHostedService<ClockWorker>();
            services.AddHostedService<NoticeWorker>();
            services.AddHostedService<IngestWorker>();
            services.AddHostedService<DeliveryWorker>();
        }

        var app = builder.Build();
        // Before anything is made of the settings, so that every fault is told and not only the first one that something stumbles over.
        app.Services.CheckSettings();
        app.UseWeb();
        app.MapWeb();
        DemoPages.Map(app);
        return app;
    }
}
