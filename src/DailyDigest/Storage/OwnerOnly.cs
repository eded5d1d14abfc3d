namespace DailyDigest.Storage;

/// <summary>
/// Files and folders with readers' data: only their owner may read them, whatever the umask. On Windows the folder's access list decides,
/// and nothing here has an effect.
/// </summary>
public static class OwnerOnly
{
    private const UnixFileMode FileMode600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode700 = FileMode600 | UnixFileMode.UserExecute;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Creates the folder and its missing parents with mode 0700. The mode of an existing folder stays.</summary>
    public static void CreateFolder(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } parent)
        {
            CreateFolder(parent);
        }

        Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, FolderMode700);
        }
    }

    /// <summary>Creates the file with mode 0600 and opens it for writing. An existing file or link of this name is deleted.</summary>
    public static FileStream Create(string path)
    {
        File.Delete(path);
        return CreateNew(path);
    }

    /// <summary>Creates the file with mode 0600 and opens it for writing.</summary>
    /// <exception cref="IOException">The file exists.</exception>
    public static FileStream CreateNew(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 64 * 1024,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = FileMode600;
        }

        return new FileStream(path, options);
    }

    /// <summary>Sets mode 0600 on an existing file of ours. Another user's file stays as it is; <c>doctor</c> warns of it.</summary>
    public static void Restrict(string file)
    {
        if (Wider(file) is null || OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            File.SetUnixFileMode(file, FileMode600);
        }
        catch (UnauthorizedAccessException)
        {
            // The owner is another user.
        }
    }

    /// <summary>
    /// The mode, such as 0644, of a file or folder that others than its owner may use; null if only the owner may, or it is missing.
    /// </summary>
    public static string? Wider(string path)
    {
        if (OperatingSystem.IsWindows() || !(File.Exists(path) || Directory.Exists(path)))
        {
            return null;
        }

        var mode = File.GetUnixFileMode(path);
        return (mode & Others) == 0 ? null : "0" + Convert.ToString((int)mode & 0x1ff, 8);
    }
}
