using System.Runtime.InteropServices;

namespace DailyDigest.Sqlite;

/// <summary>
/// Device and inode of a file: two paths with the same identity are one file. .NET does not offer them, so statx(2) is called; its
/// structure is the same on every processor. On systems other than Linux nothing is known.
/// </summary>
internal static partial class FileIdentity
{
    private const int StructureBytes = 256;
    private const int CurrentFolder = -100;
    private const uint Inode = 0x100;
    private static volatile bool isMissing = !OperatingSystem.IsLinux();

    /// <summary>The identity as text; null if there is no such file, or nothing is known.</summary>
    public static string? Of(string path)
    {
        if (isMissing)
        {
            return null;
        }

        try
        {
            // Offsets of stx_ino, stx_dev_major and stx_dev_minor in linux/stat.h.
            Span<byte> structure = stackalloc byte[StructureBytes];
            return StatX(CurrentFolder, path, 0, Inode, ref MemoryMarshal.GetReference(structure)) != 0 ? null
                : $"{Number(structure, 136)}:{Number(structure, 140)} {Long(structure, 32)}";
        }
        catch (EntryPointNotFoundException)
        {
            // A C library without statx.
            isMissing = true;
            return null;
        }
    }

    private static uint Number(ReadOnlySpan<byte> structure, int offset) => MemoryMarshal.Read<uint>(structure[offset..]);

    private static ulong Long(ReadOnlySpan<byte> structure, int offset) => MemoryMarshal.Read<ulong>(structure[offset..]);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int StatX(int folder, string path, int flags, uint mask, ref byte structure);
}
