namespace DailyDigest.Server.Commands;

/// <summary>A file that an operator asked for.</summary>
internal static class PrivateFile
{
    /// <summary>Whole or not at all, and readable by its owner only: these are people's addresses.</summary>
    /// <param name="file">Where.</param>
    /// <param name="name">The argument's name, for trouble.</param>
    /// <param name="write">Writes, and returns how many records.</param>
    /// <param name="terminal">Hears how it went.</param>
    /// <returns>0; 1 if it cannot be written; 2 if it names no place for a file, and then nothing was read either.</returns>
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
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            int count;
            await using (var stream = new FileStream(temporary, options))
            {
                count = await write(stream);
            }

            File.Move(temporary, file.FullName, overwrite: true);
            await terminal.LineAsync($"{Said.Count(count)} written to {file.FullName}");
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
                await terminal.ErrorAsync($"{temporary} is left behind: {exception.Message}");
            }
        }
    }

    /// <summary>Why no file can be called so; null if one can.</summary>
    public static string? Fault(FileInfo file) =>
        Directory.Exists(file.FullName) ? $"{file.FullName} is a folder; name a file in it."
        : !Directory.Exists(file.DirectoryName) ? $"there is no folder {file.DirectoryName}."
        : null;
}
