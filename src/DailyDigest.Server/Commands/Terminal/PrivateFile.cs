using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary>A file with readers' data.</summary>
internal static class PrivateFile
{
    /// <summary>Writes the file atomically, readable by its owner only: it contains addresses.</summary>
    /// <param name="name">The argument's name, for error messages.</param>
    /// <param name="write">Writes the content, and returns the number of records.</param>
    /// <param name="terminal">Receives the result.</param>
    /// <returns>0; 1 if the file cannot be written; 2 if the path is a folder or its folder does not exist: then nothing is read.</returns>
    public static async Task<int> WriteAsync(FileInfo file, string name, Func<Stream, Task<int>> write, Terminal terminal)
    {
        if (Fault(file) is { } fault)
        {
            await terminal.ErrorAsync($"{name}: {fault}");
            return 2;
        }

        var temporary = file.FullName + ".part";
        try
        {
            int count;
            await using (var stream = OwnerOnly.Create(temporary))
            {
                count = await write(stream);
            }

            File.Move(temporary, file.FullName, overwrite: true);
            await terminal.LineAsync($"{Format.Count(count)} written to {file.FullName}");
            return 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await terminal.ErrorAsync($"{name}: {exception.Message}");
            return 1;
        }
        finally
        {
            try
            {
                if (File.Exists(temporary))
                {
                    File.Delete(temporary);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                await terminal.ErrorAsync($"{temporary} could not be deleted: {exception.Message}");
            }
        }
    }

    /// <summary>Why the path cannot be a file; null if it can.</summary>
    public static string? Fault(FileInfo file) =>
        Directory.Exists(file.FullName) ? $"{file.FullName} is a folder; name a file in it."
        : !Directory.Exists(file.DirectoryName) ? $"there is no folder {file.DirectoryName}."
        : null;
}
