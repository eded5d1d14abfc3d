using System.CommandLine;
using System.Text;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary><c>subscribers export</c>: writes subscribers as CSV.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<FileInfo?>("FILE")
        {
            Description = "The file to write. Default: standard output",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var status = SubscribersCommand.Status();
        var command = new Command("export", "Write subscribers as CSV, in the form that import reads.") { file, status };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) =>
            {
                var export = app.Services.GetRequiredService<ExportSubscribers>();
                var wanted = SubscribersCommand.Parse(parsed.GetValue(status));
                return parsed.GetValue(file) is { } target
                    ? PrivateFile.WriteAsync(target, "FILE", stream => export.ExecuteAsync(stream, wanted, stop), terminal)
                    : ToOutputAsync(stream => export.ExecuteAsync(stream, wanted, stop), terminal);
            },
            cancellationToken));
        return command;
    }

    /// <summary>Writes a file to standard output. Returns 0.</summary>
    public static async Task<int> ToOutputAsync(Func<Stream, Task> write, Terminal terminal)
    {
        if (ReferenceEquals(terminal.Output, Console.Out))
        {
            await using var output = Console.OpenStandardOutput();
            await write(output);
            return 0;
        }

        using var memory = new MemoryStream();
        await write(memory);
        await terminal.TextAsync(Encoding.UTF8.GetString(memory.ToArray()));
        return 0;
    }
}
