using System.CommandLine;
using DailyDigest.Repair;
using DailyDigest.Sqlite;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary><c>restore</c>: puts a copy of the embedded database back.</summary>
internal static class RestoreCommand
{
    // A copy lacks the stories since it was made.
    private const string Next = "Next: start serve, which polls the feeds and continues. Without a server: ingest, then run.";

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
            before: services => ReplaceAsync(services, terminal, parsed.GetRequiredValue(file)), reported: typeof(TakeUpCopy)));
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
                    + (restored.Aside is null ? "" : $"; the previous database is now {restored.Aside}"));
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await terminal.ErrorAsync(exception.Message);
            return 1;
        }
    }

    private static string People(int number) => number == 1 ? "1 person" : $"{Format.Count(number)} people";

    private static string Addresses(int number) => number == 1 ? "1 address" : $"{Format.Count(number)} addresses";

    private static async Task<int> ReportAsync(IServiceProvider services, Terminal terminal, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (services.GetService<IStoreJournal>() is { WasMissing: true })
        {
            await terminal.ErrorAsync("The journal was gone, and a new one was begun: nobody knows who left since the copy was made.");
        }

        if (services.GetRequiredService<TakeUpCopy>().Result is not { } result)
        {
            await terminal.LineAsync("It lacks nothing that was written since.");
            await terminal.LineAsync(Next);
            return 0;
        }

        var applied = result.Applied;
        await terminal.LineAsync($"It does not know what was written between {result.Hold.Span}.");
        await terminal.LineAsync(
            $"From the journal: {Format.Count(applied.Ended, "subscription")} ended, {People(applied.Erased)} erased, "
                + $"{Addresses(applied.Suppressed)} suppressed, {Format.Count(applied.Moved, "reader")} who changed the hour left out for "
                + "that day.");
        await terminal.LineAsync(
            $"Runs due until {Format.Time(result.Hold.Until)} are held ({Format.Count(result.Held)} were open in the copy). When serve or "
                + "run has begun the others, status lists them: deliver --release sends, run skip records that they were sent.");
        await terminal.LineAsync(Next);
        return 0;
    }
}
