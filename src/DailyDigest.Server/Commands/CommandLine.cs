using System.CommandLine;

namespace DailyDigest.Server.Commands;

/// <summary>The verbs of the program. Exit codes: 0 done, 1 the work failed or found trouble, 2 wrong usage or settings, 3 cancelled by an operator.</summary>
public static class CommandLine
{
    /// <summary>The exit code of a verb that delivers when an operator cancelled a run meanwhile.</summary>
    public const int Cancelled = 3;

    // What is on the wire when the program is asked to stop gets eight seconds, and web requests theirs.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(30);

    /// <summary>Runs the verb that the arguments name; <c>serve</c> when they name none.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Receives what was asked for.</param>
    /// <param name="error">Receives what went wrong, a line each.</param>
    /// <param name="configure">For test programs: further settings and services, such as a clock.</param>
    public static async Task<int> InvokeAsync(
        string[] args, TextWriter output, TextWriter error, Action<WebApplicationBuilder>? configure = null)
    {
        var terminal = new Terminal(output, error, configure);
        var root = new RootCommand(
            "DailyDigest mails readers the day's best stories, each in their own morning. Without a verb it serves. "
            + "Settings are environment variables such as Publication__Name; docs/configuration.md lists them.")
        {
            ServeCommand.Create(terminal),
            IngestCommand.Create(terminal),
            PreviewCommand.Create(terminal),
            SendTestCommand.Create(terminal),
            RunCommand.Create(terminal),
            DeliverCommand.Create(terminal),
            StatusCommand.Create(terminal),
            StoriesCommand.Create(terminal),
            FeedsCommand.Create(terminal),
            SubscribersCommand.Create(terminal),
            DoctorCommand.Create(terminal),
        };
        root.SetAction((_, cancellationToken) => ServeCommand.ExecuteAsync(terminal, cancellationToken));

        // No response files: an argument that begins with @ is an argument.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var fault in parsed.Errors.Select(fault => fault.Message).Distinct())
            {
                await terminal.ErrorAsync($"{fault.TrimEnd('.')} (--help says how).");
            }

            return 2;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = Farewell,
        });
    }
}
