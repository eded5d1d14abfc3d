using System.Diagnostics;
using DailyDigest.Testing.Services;

namespace DailyDigest.Testing.Storage;

/// <summary>A file system of two megabytes in memory, which only root can mount.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dailydigest-");

    private SmallDisk() { }

    /// <summary>The folder on which it is mounted.</summary>
    public string Folder => folder.FullName;

    /// <summary>Mounts it. Skips the test if this user may not; fails it if services are required.</summary>
    public static SmallDisk Mount()
    {
        var disk = new SmallDisk();
        var mounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk.folder.FullName);
        if (!mounted)
        {
            disk.folder.Delete();
            TestServices.SkipBecause("This user may not mount a small disk.");
        }

        return disk;
    }

    /// <summary>The path of a file on it.</summary>
    public string File(string name) => Path.Combine(folder.FullName, name);

    /// <summary>Leaves no room.</summary>
    public void Fill()
    {
        try
        {
            using var filler = System.IO.File.Create(File("filler"));
            while (true)
            {
                filler.Write(new byte[4096]);
                filler.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Makes room again.</summary>
    public void Free() => System.IO.File.Delete(File("filler"));

    /// <summary>Ends the mount.</summary>
    public void Dispose()
    {
        // SQLite may still have the files open: the mount ends when they are closed.
        Run("umount", "-l", folder.FullName);
        folder.Delete();
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
