using System.Globalization;
using System.Runtime.InteropServices;

namespace DailyDigest.Runs;

/// <summary>
/// The name of a part's owner: machine, process, the process's start, and a random number for each lease. On the same machine it is known
/// at once that a process has ended, so that a restart after a crash does not wait for the lease to end. A machine is identified by its
/// boot and its process-id namespace: two containers with one host name are two machines.
/// </summary>
internal static class PartOwner
{
    private static readonly string? Machine = ReadMachine();
    private static readonly string Process = ReadProcess();

    /// <summary>A name for a new lease of this process.</summary>
    public static string New() => $"{Process}:{Guid.NewGuid():N}";

    /// <summary>True only if the owner's process has certainly ended.</summary>
    public static bool IsGone(string owner)
    {
        var parts = owner.Split(':');
        if (Machine is null || parts.Length != 4 || parts[0] != Machine
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return false;
        }

        return Started(id) is { } started && started != parts[2];
    }

    /// <summary>The owner in words, e.g. "process 4711 of this machine".</summary>
    public static string Describe(string owner) => owner.Split(':') is [var machine, var id, _, _] && id.All(char.IsAsciiDigit)
        ? $"process {id} of {(machine == Machine ? "this" : "another")} machine"
        : "an unknown process";

    private static string ReadProcess() => $"{Machine ?? "elsewhere"}:{Environment.ProcessId}:{Started(Environment.ProcessId) ?? "-"}";

    private static string? ReadMachine()
    {
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
        {
            return null;
        }

        try
        {
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            var space = new FileInfo("/proc/self/ns/pid").LinkTarget;

            // If other users' processes are hidden (hidepid), a process that is not visible may still run.
            return space is null || !File.Exists("/proc/1/stat") ? null
                : boot.Replace("-", "", StringComparison.Ordinal) + "." + string.Concat(space.Where(char.IsAsciiDigit));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>When the process started, as an opaque text; "-" if it does not run; null if that is unknown.</summary>
    private static string? Started(int id)
    {
        try
        {
            // Field 22 of /proc/PID/stat counts clock ticks since boot; the name in field 2 may hold blanks and parentheses.
            var stat = File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? "-" : fields[19];
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return "-";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
