using System.CommandLine;
using System.Text;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary><c>subscribers export</c>: writes subscribers as CSV.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<FileInfo?>("FILE") { Description = "Where to write; without it to standard output", Arity = ArgumentArity.ZeroOrOne };
        var status = SubscribersCommand.Status();
        var command = new Command("export", "Write subscribers as CSV that import reads again.") { file, status };
        command.SetAction((parsed, cancellationToken) => TheProgram.WithAsync(
            terminal,
            (app, stop) =>
            {
                var export = app.Services.GetRequiredService<ExportSubscribers>();
                var wanted = SubscribersCommand.Parse(parsed.GetValue(status));
                return parsed.GetValue(file) is { } target ? ToFileAsync(export, target, wanted, terminal, stop) : ToOutputAsync(export, wanted, terminal, stop);
            },
            cancellationToken));
        return command;
    }

    private static async Task<int> ToOutputAsync(ExportSubscribers export, SubscriberStatus? status, Terminal terminal, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(terminal.Output, Console.Out))
        {
            await using var output = Console.OpenStandardOutput();
            await export.ExecuteAsync(output, status, cancellationToken);
            return 0;
        }

        using var memory = new MemoryStream();
        await export.ExecuteAsync(memory, status, cancellationToken);
        await terminal.TextAsync(Encoding.UTF8.GetString(memory.ToArray()));
        return 0;
    }

    /// <summary>Whole or not at all, and readable by its owner only: these are people's addresses.</summary>
    private static async Task<int> ToFileAsync(
        ExportSubscribers export, FileInfo file, SubscriberStatus? status, Terminal terminal, CancellationToken cancellationToken)
    {
        var temporary = file.FullName + ".part";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            int count;
            await using (var stream = new FileStream(temporary, options))
            {
                count = await export.ExecuteAsync(stream, status, cancellationToken);
            }

            File.Move(temporary, file.FullName, overwrite: true);
            await terminal.LineAsync($"{Said.Count(count)} written to {file.FullName}");
            return 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await terminal.ErrorAsync($"FILE: {exception.Message}");
            return 1;
        }
        finally
        {
            try
            {
                File.Delete(temporary);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                await terminal.ErrorAsync($"{temporary} is left behind: {exception.Message}");
            }
        }
    }
}
