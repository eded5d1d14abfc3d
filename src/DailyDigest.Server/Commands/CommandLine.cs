using System.CommandLine;
using DailyDigest.Storage;
using Microsoft.Extensions.Options;

namespace DailyDigest.Server.Commands;

/// <summary>The verbs of the program. Exit codes: 0 done, 1 the work failed or found trouble, 2 wrong usage or settings.</summary>
public static class CommandLine
{
    /// <summary>Runs the verb that the arguments name; <c>serve</c> when they name none.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Receives what was asked for.</param>
    /// <param name="error">Receives what went wrong, a line each.</param>
    public static async Task<int> InvokeAsync(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("DailyDigest mails readers the day's best stories, each in their own morning. Without a verb it serves.")
        {
            ServeCommand.Create(output, error),
            RunCommand.Create(output, error),
        };
        root.SetAction((_, cancellationToken) => ServeCommand.ExecuteAsync(output, error, cancellationToken));

        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var fault in parsed.Errors)
            {
                await error.WriteLineAsync(fault.Message);
            }

            await error.WriteLineAsync("Try --help.");
            return 2;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
    }

    /// <summary>Builds and prepares the program and does the verb's work with it. Faulty settings end with 2, a store out of reach with 1, a line each.</summary>
    internal static async Task<int> WithProgramAsync(
        bool workers, TextWriter error, Func<WebApplication, CancellationToken, Task<int>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var app = ServerHost.Build([], workers, workers ? null : Quiet);
            await app.Services.GetRequiredService<PrepareStart>().ExecuteAsync(cancellationToken);
            return await work(app, cancellationToken);
        }
        catch (OptionsValidationException exception)
        {
            foreach (var fault in exception.Failures)
            {
                await error.WriteLineAsync(fault);
            }

            return 2;
        }
        catch (StorageException exception)
        {
            await error.WriteLineAsync(exception.Message);
            return 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 1;
        }
    }

    /// <summary>Verbs other than serve keep standard output for data: warnings go to standard error.</summary>
    private static void Quiet(WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
    }
}
