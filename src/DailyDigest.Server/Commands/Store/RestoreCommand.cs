using System.CommandLine;
using DailyDigest.Repair;
using DailyDigest.Sqlite;

namespace DailyDigest.Server.Commands;

/// <summary><c>restore</c>: puts a copy of the embedded database back.</summary>
internal static class RestoreCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "A copy that backup wrote. It stays where it is" };
        var command = new Command(
            "restore", "Put a copy of the database back. Stop serve first. The present database is kept beside it under another name. Runs "
                + "that the copy does not know are held: deliver --release sends them, run skip records that they were sent. Readers who "
                + "left since the copy stay away, as far as the journal knows them.")
        {
            file,
        };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal, (app, stop) => ReportAsync(app.Services, terminal, stop), cancellationToken,
            before: services => ReplaceAsync(services, terminal, parsed.GetRequiredValue(file))));
        return command;
    }

    /// <summary>Returns the exit code if nothing was replaced; null otherwise.</summary>
    private static async Task<int?> ReplaceAsync(IServiceProvider services, Terminal terminal, FileInfo file)
    {
        if (services.GetService<SqliteRestore>() is not { } restore)
        {
            await terminal.ErrorAsync(BackupCommand.NoFile);
            return 2;
        }

        if (!file.Exists)
        {
            await terminal.ErrorAsync($"FILE: there is no file {file.FullName}.");
            return 2;
        }

        try
        {
            var restored = restore.Execute(file.FullName);
            await terminal.LineAsync(
                $"{file.FullName} was put back; its last change is of {Format.Time(restored.Written, "an unknown time")}"
                    + (restored.Aside is null ? "" : $"; the database of before is {restored.Aside}"));
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await terminal.ErrorAsync(exception.Message);
            return 1;
        }
    }

    private static async Task<int> ReportAsync(IServiceProvider services, Terminal terminal, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (services.GetRequiredService<TakeUpCopy>().Result is not { } result)
        {
            await terminal.LineAsync("It lacks nothing that was written since.");
            return 0;
        }

        var applied = result.Applied;
        await terminal.LineAsync($"It does not know what was written between {result.Hold.Span}.");
        await terminal.LineAsync(
            $"From the journal: {Format.Count(applied.Ended)} subscriptions ended, {Format.Count(applied.Erased)} people erased, "
                + $"{Format.Count(applied.Suppressed)} addresses suppressed, {Format.Count(applied.Moved)} readers who changed their hour "
                + "left out for that day");
        await terminal.LineAsync(
            $"Runs due until {Format.Time(result.Hold.Until)} are held ({Format.Count(result.Held)} were open in the copy). When serve or "
                + "run has begun the others, status lists them: deliver --release sends, run skip records that they were sent.");
        return 0;
    }
}
