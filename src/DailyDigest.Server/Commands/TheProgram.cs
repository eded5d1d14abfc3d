using DailyDigest.App;
using DailyDigest.Calendar;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace DailyDigest.Server.Commands;

/// <summary>The program that a verb works with, and what is said when it cannot be put together.</summary>
internal static class TheProgram
{
    /// <summary>
    /// Builds and prepares the program and does the verb's work with it. Faulty settings end with 2, a store out of reach with 1; a line each.
    /// </summary>
    /// <param name="terminal">Where trouble is told.</param>
    /// <param name="work">The verb's work; returns the exit code.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="workers">True for the verb that serves.</param>
    /// <param name="warns">True for verbs that mail: settings that nothing reads are told first, as the doctor tells them.</param>
    public static async Task<int> WithAsync(
        Terminal terminal, Func<WebApplication, CancellationToken, Task<int>> work, CancellationToken cancellationToken, bool workers = false, bool warns = false)
    {
        IReadOnlyList<Finding> unknown = [];
        try
        {
            await using var app = Build(terminal, workers, settings => unknown = warns ? UnknownSettings.Find(settings) : []);
            await TellAsync();
            await app.Services.GetRequiredService<PrepareStart>().ExecuteAsync(cancellationToken);
            return await work(app, cancellationToken);
        }
        catch (Exception exception) when (SettingsFaults(exception) is { } faults)
        {
            // The one that is missed may be the one that is misspelt.
            await TellAsync();
            foreach (var fault in faults)
            {
                await terminal.ErrorAsync(fault);
            }

            return 2;
        }
        catch (StorageException exception)
        {
            await terminal.ErrorAsync(exception.Message);
            return 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await terminal.ErrorAsync("Stopped before it was done.");
            return 1;
        }

        async Task TellAsync()
        {
            foreach (var one in unknown)
            {
                await terminal.ErrorAsync(one.InWords());
            }

            unknown = [];
        }
    }

    /// <summary>Builds the program, quiet unless it is to serve. <paramref name="settings"/> hears what they are before they are checked.</summary>
    public static WebApplication Build(Terminal terminal, bool workers, Action<IConfiguration>? settings = null) => ServerHost.Build([], workers, builder =>
    {
        if (workers)
        {
            QuietUntilStarted(builder);
        }
        else
        {
            Quiet(builder.Logging);
        }

        terminal.Configure?.Invoke(builder);
        settings?.Invoke(builder.Configuration);
    });

    /// <summary>The faults, a line each that names the setting, if the exception is about settings; null otherwise.</summary>
    public static IReadOnlyList<string>? SettingsFaults(Exception exception) => exception switch
    {
        OptionsValidationException faults => [.. faults.Failures],
        InvalidDataException { InnerException: FormatException or System.Text.Json.JsonException } file => [file.Message],
        _ => null,
    };

    /// <summary>What keeps the program from starting is told in one line by the verb; the host would add a page about it.</summary>
    private static void QuietUntilStarted(WebApplicationBuilder builder)
    {
        var listening = new Listening();
        builder.Services.AddSingleton(listening);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => listening.Yes && level >= LogLevel.Warning);
    }

    /// <summary>Verbs other than serve keep standard output for data: warnings go to standard error.</summary>
    private static void Quiet(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        // As a rule, since the minimum level counts only where the settings have no rule.
        logging.AddFilter((string?)null, LogLevel.Warning);
        logging.AddFilter("DailyDigest", LogLevel.Warning);
    }

    /// <summary>Whether the program has started.</summary>
    public sealed class Listening
    {
        private volatile bool yes;

        /// <summary>True once it has.</summary>
        public bool Yes
        {
            get => yes;
            set => yes = value;
        }
    }
}
