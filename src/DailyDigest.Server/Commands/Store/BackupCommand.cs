using System.CommandLine;
using System.Globalization;
using DailyDigest.Sqlite;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary><c>backup</c>: copies the embedded database while it is in use.</summary>
internal static class BackupCommand
{
    /// <summary>The message on Azure Storage, whose state is not one file.</summary>
    public const string NoFile = "The state is in Azure Storage, not in a file: docs/azure.md says what to use there.";

    private const string Prefix = "dailydigest-";
    private const string InstantFormat = "yyyyMMdd'T'HHmmss'Z'";

    public static Command Create(Terminal terminal)
    {
        var file = new Argument<FileInfo?>("FILE")
        {
            Description = "The file to write; it must not exist",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var folder = new Option<DirectoryInfo?>("--to")
        {
            Description = "Write a file named by date and time into this folder. A missing folder is created, for its owner only",
            HelpName = "folder",
        };
        var keep = new Option<int?>("--keep")
        {
            Description = "With --to: keep this many of the newest copies there, and delete older ones",
            HelpName = "number",
            CustomParser = result =>
            {
                if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
                {
                    return number;
                }

                result.AddError("--keep: a whole number, 1 or more.");
                return null;
            },
        };
        var command = new Command(
            "backup", "Copy the database while it is in use, check the copy, and sync it to the disk. Only its owner can read it.")
        {
            file, folder, keep,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(file) is { Tokens.Count: > 0 } == result.GetResult(folder) is not null)
            {
                result.AddError("backup: either FILE or --to FOLDER.");
            }
            else if (result.GetResult(keep) is not null && result.GetResult(folder) is null)
            {
                result.AddError("--keep goes with --to.");
            }
        });
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => ExecuteAsync(
                app.Services, terminal, parsed.GetValue(file), parsed.GetValue(folder), parsed.GetValue(keep), stop),
            cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, FileInfo? file, DirectoryInfo? folder, int? keep, CancellationToken cancellationToken)
    {
        if (services.GetService<SqliteBackup>() is not { } backup)
        {
            await terminal.ErrorAsync(NoFile);
            return 2;
        }

        var now = services.GetRequiredService<TimeProvider>().GetUtcNow().ToString(InstantFormat, CultureInfo.InvariantCulture);
        var target = file ?? new FileInfo(Path.Combine(folder!.FullName, $"{Prefix}{now}.db"));
        if (file is not null && PrivateFile.Fault(target) is { } fault)
        {
            await terminal.ErrorAsync($"FILE: {fault}");
            return 2;
        }

        if (target.Exists)
        {
            await terminal.ErrorAsync($"{target.FullName} exists, and is not overwritten.");
            return 1;
        }

        try
        {
            if (folder is not null)
            {
                OwnerOnly.CreateFolder(folder.FullName);
            }

            var copy = await Task.Run(() => backup.Execute(target.FullName), cancellationToken);
            await terminal.LineAsync(
                $"{Format.Count(copy.Bytes)} bytes written to {target.FullName}; last change {Format.Time(copy.Written, "unknown")}");
            foreach (var old in folder is not null && keep is { } number ? Older(folder, number) : [])
            {
                old.Delete();
                await terminal.LineAsync($"{old.Name} deleted");
            }

            return 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await terminal.ErrorAsync(exception.Message);
            return 1;
        }
    }

    /// <summary>The copies beyond the newest; files with other names are not touched.</summary>
    private static List<FileInfo> Older(DirectoryInfo folder, int keep) => [.. folder.EnumerateFiles($"{Prefix}*.db")
        .Where(file => DateTime.TryParseExact(
            file.Name[Prefix.Length..^3], InstantFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        .OrderByDescending(file => file.Name, StringComparer.Ordinal).Skip(keep)];
}
