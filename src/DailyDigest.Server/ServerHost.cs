using DailyDigest.App;
using DailyDigest.AzureStorage;
using DailyDigest.Content;
using DailyDigest.Feeds;
using DailyDigest.Mail;
using DailyDigest.Monitoring;
using DailyDigest.Moving;
using DailyDigest.Server.Commands;
using DailyDigest.Server.Workers;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Subscribers;
using DailyDigest.Web;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Options;

namespace DailyDigest.Server;

/// <summary>Builds the self-hosted program: web server, clock, feed polls and delivery, on either storage.</summary>
public static partial class ServerHost
{
    // A log is read days later, and beside logs of other zones.
    private const string LogTime = "yyyy-MM-dd HH:mm:ss zzz ";
    private const string JsonTime = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Builds the program. The storage is Azure if an account is configured, otherwise the embedded file.</summary>
    /// <param name="args">Configuration as --Section:Name=value.</param>
    /// <param name="workers">True to run the clock, ingest and delivery beside the web server.</param>
    /// <param name="configure">For test programs: further services, such as a clock.</param>
    /// <exception cref="OptionsValidationException">Settings are invalid; one line per fault.</exception>
    public static WebApplication Build(string[] args, bool workers, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        AddConsole(builder.Logging, builder.Configuration);
        AddDemo(builder);
        configure?.Invoke(builder);

        var (services, configuration) = (builder.Services, builder.Configuration);
        services.AddDailyDigest(configuration).AddFeeds(configuration).AddMail(configuration).AddWeb(configuration);
        var azure = configuration.GetSection(AzureStorageOptions.Section);
        _ = azure[nameof(AzureStorageOptions.ConnectionString)] is { Length: > 0 }
            || azure[nameof(AzureStorageOptions.AccountName)] is { Length: > 0 }
            ? services.AddAzureStorage(configuration).AddStoreGuard()
            : services.AddSqliteStorage(configuration).AddStorePresence();
        services.AddAzureIdentity();
        services.AddSingleton<ExamineProgram>(provider => (found, stop) => DoctorCommand.ExamineAsync(provider, found, stop));
        services.AddSettings<MetricsOptions>(configuration, MetricsOptions.Section, (_, _) => []);
        services.AddServerLimits(configuration).AddMonitoring(configuration, isServer: true);
        if (workers)
        {
            services.AddSingleton<FirstPoll>();
            services.AddSingleton<StepWatch>();
            services.AddSingleton<ISystemdNotifier, SystemdNotifier>();
            services.AddHostedService<SystemdWorker>();
            services.AddHostedService<StorageWorker>();
            services.AddHostedService<ClockWorker>();
            services.AddHostedService<NoticeWorker>();
            services.AddHostedService<IngestWorker>();
            services.AddHostedService<DeliveryWorker>();
            services.AddHostedService<HookWorker>();
            services.AddHostedService<AlertWorker>();
            services.AddHostedService<ReturnsWorker>();
        }

        var app = builder.Build();
        // Check all settings before anything uses them, so that every fault is reported and not only the first.
        app.Services.CheckSettings();
        app.UseWeb();
        app.UseRateLimiter();
        app.MapWeb();
        if (workers)
        {
            app.MapMetrics(MetricsGuard.Path, MetricsGuard.Use);
        }

        MapDemo(app);
        return app;
    }

    /// <summary>The log on standard output, one line a record: for people, or as JSON for a program.</summary>
    private static void AddConsole(ILoggingBuilder logging, IConfiguration configuration)
    {
        if (ServerOptions.WritesJson(configuration))
        {
            logging.AddJsonConsole(console =>
            {
                console.TimestampFormat = JsonTime;
                console.UseUtcTimestamp = true;
                console.IncludeScopes = true;
            });
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = LogTime;
                console.UseUtcTimestamp = true;
            });
        }
    }

    /// <summary>The work before the store is opened: the demonstration makes the two weeks before its first start.</summary>
    public static Task BeforeStoreAsync(WebApplication app, CancellationToken cancellationToken)
    {
        var made = Task.CompletedTask;
        MakeHistory(app, cancellationToken, ref made);
        return made;
    }

    // Implemented by ServerHost.Demo.cs, which only Debug builds compile. Without it the compiler removes the calls.
    static partial void AddDemo(WebApplicationBuilder builder);

    static partial void MapDemo(WebApplication app);

    static partial void MakeHistory(WebApplication app, CancellationToken cancellationToken, ref Task made);
}
