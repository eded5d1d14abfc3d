using System.CommandLine;
using System.CommandLine.Help;

namespace DailyDigest.Server.Commands;

/// <summary>
/// The verbs of the program. Exit codes: 0 success, 1 the work failed or found a problem, 2 wrong usage or settings, 3 cancelled by an
/// operator.
/// </summary>
public static class CommandLine
{
    // At a stop, messages being sent get eight seconds, and web requests their own timeout.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Runs the verb that the arguments name; <c>serve</c> by default.</summary>
    /// <param name="output">Receives the results.</param>
    /// <param name="error">Receives errors, one line each.</param>
    /// <param name="configure">For test programs: further settings and services, such as a clock.</param>
    public static async Task<int> InvokeAsync(
        string[] args, TextWriter output, TextWriter error, Action<WebApplicationBuilder>? configure = null)
    {
        var terminal = new Terminal(output, error, configure);
        // A root of its own and not System.CommandLine's RootCommand, which is named by the file that runs.
        var root = new Command(
            "dailydigest",
            "DailyDigest sends each reader the day's best stories, in the morning of the reader's own time zone. Without a verb it runs "
                + "serve. "
            + "Settings are environment variables such as Publication__Name; docs/configuration.md lists them.")
        {
            ServeCommand.Create(terminal),
            IngestCommand.Create(terminal),
            PreviewCommand.Create(terminal),
            SendTestCommand.Create(terminal),
            RunCommand.Create(terminal),
            DeliverCommand.Create(terminal),
            StatusCommand.Create(terminal),
            FiguresCommand.Create(terminal),
            StoriesCommand.Create(terminal),
            FeedsCommand.Create(terminal),
            HooksCommand.Create(terminal),
            SubscribersCommand.Create(terminal),
            SuppressionsCommand.Create(terminal),
            SectionsCommand.Create(terminal),
            ReturnsCommand.Create(terminal),
            DeskCommand.Create(terminal),
            BackupCommand.Create(terminal),
            RestoreCommand.Create(terminal),
            MoveCommand.Create(terminal),
            DoctorCommand.Create(terminal),
            HealthCommand.Create(terminal),
            SettingsCommand.Create(terminal),
            new HelpOption(),
            new VersionOption(),
        };
        root.Add(ManualCommand.Create(terminal, root));
        root.SetAction((_, cancellationToken) => ServeCommand.ExecuteAsync(terminal, cancellationToken));

        // No response files: an argument that begins with @ is an argument.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var fault in parsed.Errors.Select(fault => fault.Message).Distinct())
            {
                await terminal.ErrorAsync($"{fault.TrimEnd('.')} (see --help).");
            }

            return 2;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = ShutdownTimeout,
        });
    }
}
