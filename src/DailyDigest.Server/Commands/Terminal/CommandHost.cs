using DailyDigest.App;
using DailyDigest.Calendar;
using DailyDigest.Moving;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace DailyDigest.Server.Commands;

/// <summary>Builds the program for a verb, runs the verb's work, and reports why the program cannot be built.</summary>
internal static class CommandHost
{
    /// <summary>
    /// Builds and prepares the program, and runs the verb's work. Returns 2 if settings are invalid, 1 if storage cannot be reached; one
    /// line each. With workers it returns 2 as well for a store that this program must not serve.
    /// </summary>
    /// <param name="terminal">Receives errors.</param>
    /// <param name="work">The verb's work; returns the exit code.</param>
    /// <param name="workers">True for serve.</param>
    /// <param name="creates">True for verbs that begin a store; the others report a missing database and create no file.</param>
    /// <param name="before">Work before the storage is opened; returns an exit code to end, or null to go on.</param>
    /// <param name="warns">True for verbs that send mail: unknown settings are reported first, as doctor reports them.</param>
    /// <param name="reported">A class whose result the verb itself reports: its log lines would repeat it.</param>
    public static async Task<int> RunAsync(
        Terminal terminal, Func<WebApplication, CancellationToken, Task<int>> work, CancellationToken cancellationToken,
        bool workers = false, bool warns = false, bool creates = false,
        Func<IServiceProvider, Task<int?>>? before = null, Type? reported = null)
    {
        IReadOnlyList<Finding> unknown = [];
        try
        {
            await using var app = Build(terminal, workers, settings => unknown = warns ? UnknownSettings.Find(settings) : [], reported);
            await ReportAsync();
            Restrain(app.Services, workers || creates);
            if (before is not null && await before(app.Services) is { } code)
            {
                return code;
            }

            await (workers ? ServerHost.BeforeStoreAsync(app, cancellationToken) : Task.CompletedTask);
            await app.Services.GetRequiredService<PrepareStart>().ExecuteAsync(cancellationToken);
            await AnnounceAsync(app, workers, cancellationToken);
            var exit = await work(app, cancellationToken);
            await AddUpAsync(app.Services);
            return exit;
        }
        catch (Exception exception) when (SettingsFaults(exception) is { } faults)
        {
            // A missing setting may be a misspelt one.
            await ReportAsync();
            foreach (var fault in faults)
            {
                await terminal.ErrorAsync(fault);
            }

            return 2;
        }
        catch (StorageException exception)
        {
            await terminal.ErrorAsync(exception.Message);

            // A service manager starts a program again that ended with 1.
            return workers && exception.IsRefusal ? 2 : 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await terminal.ErrorAsync("Stopped before the work was finished.");
            return 1;
        }

        async Task ReportAsync()
        {
            foreach (var one in unknown)
            {
                await terminal.ErrorAsync(one.ToLine());
            }

            unknown = [];
        }
    }

    /// <summary>A move of the store waits for this process. One that serves stops if the store turns out to be moved.</summary>
    private static Task AnnounceAsync(WebApplication app, bool workers, CancellationToken cancellationToken)
    {
        var presence = app.Services.GetRequiredService<StorePresence>();
        presence.OnRefused = workers ? app.Lifetime.StopApplication : null;
        return presence.AnnounceAsync(cancellationToken);
    }

    /// <summary>Adds the changes of the verb to the figures; otherwise the daily purge would find them.</summary>
    private static async Task AddUpAsync(IServiceProvider services)
    {
        try
        {
            await services.GetRequiredService<SumReaders>().FlushAsync(CancellationToken.None);
        }
        catch (StorageException)
        {
            // The verb's own work is done and reported.
        }
    }

    /// <summary>
    /// Builds the program; verbs other than serve log warnings only. <paramref name="settings"/> is called before the settings are checked.
    /// </summary>
    public static WebApplication Build(
        Terminal terminal, bool workers, Action<IConfiguration>? settings = null, Type? reported = null) =>
        ServerHost.Build([], workers, builder =>
    {
        if (workers)
        {
            QuietUntilStarted(builder);
        }
        else
        {
            Quiet(builder.Logging);
        }

        if (reported is not null)
        {
            builder.Logging.AddFilter(reported.FullName, LogLevel.None);
        }

        terminal.Configure?.Invoke(builder);
        settings?.Invoke(builder.Configuration);
    });

    /// <summary>Tells the embedded database whether it may be created.</summary>
    public static void Restrain(IServiceProvider services, bool creates)
    {
        if (services.GetService<SqliteDatabase>() is { } database)
        {
            database.MayCreate = creates;
        }
    }

    /// <summary>The faults, one line each with the setting's name; null if the exception is not about settings.</summary>
    public static IReadOnlyList<string>? SettingsFaults(Exception exception) => exception switch
    {
        OptionsValidationException faults => [.. faults.Failures],
        InvalidDataException { InnerException: FormatException or System.Text.Json.JsonException } file => [file.Message],
        _ => null,
    };

    /// <summary>The verb reports a failed start in one line; this silences the host's own stack trace.</summary>
    private static void QuietUntilStarted(WebApplicationBuilder builder)
    {
        var state = new StartState();
        builder.Services.AddSingleton(state);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => state.HasStarted && level >= LogLevel.Warning);
    }

    /// <summary>Verbs other than serve keep standard output for data: warnings go to standard error.</summary>
    private static void Quiet(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        // A filter rule: the minimum level applies only where the settings have no rule.
        logging.AddFilter((string?)null, LogLevel.Warning);
        logging.AddFilter("DailyDigest", LogLevel.Warning);
    }

    /// <summary>Tells the log filter whether the web server listens.</summary>
    public sealed class StartState
    {
        private volatile bool hasStarted;

        public bool HasStarted
        {
            get => hasStarted;
            set => hasStarted = value;
        }
    }
}
