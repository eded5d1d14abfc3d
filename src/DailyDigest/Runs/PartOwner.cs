using System.Globalization;
using System.Runtime.InteropServices;

namespace DailyDigest.Runs;

/// <summary>
/// The name of a part's owner: machine, process, the process's start, and a random number for each lease. On the same machine it is known
/// at once that a process has ended, so that a restart after a crash does not wait for the lease to end. A machine is identified by its
/// boot, its process-id namespace and its time namespace: two containers with one host name are two machines.
/// </summary>
internal static class PartOwner
{
    /// <summary>The start of a process that could not read its own: nobody can tell that it has ended.</summary>
    private const string Unknown = "-";

    private static readonly string? Machine = ReadMachine();
    private static readonly string Process = ReadProcess();

    /// <summary>A name for a new lease of this process.</summary>
    public static string New() => $"{Process}:{Guid.NewGuid():N}";

    /// <summary>True only if the owner's process has certainly ended.</summary>
    public static bool IsGone(string owner) =>
        Parts(owner) is [_, var id, var start, _] && IsOnThisMachine(owner)
        && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var process)
        && start != Unknown && Started(process) is { } started && started != start;

    /// <summary>True if the owner runs or ran on this machine, since it was booted: its clock since boot is ours.</summary>
    public static bool IsOnThisMachine(string owner) => Machine is not null && Parts(owner)?[0] == Machine;

    /// <summary>The owner in words, e.g. "process 4711 of this machine".</summary>
    public static string Describe(string owner) => Parts(owner) is [_, var id, _, _] && id.All(char.IsAsciiDigit)
        ? $"process {id} of {(IsOnThisMachine(owner) ? "this" : "another")} machine"
        : "an unknown process";

    private static string[]? Parts(string owner) => owner.Split(':') is { Length: 4 } parts ? parts : null;

    private static string ReadProcess() => $"{Machine ?? "elsewhere"}:{Environment.ProcessId}:{Started(Environment.ProcessId) ?? Unknown}";

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

            // A kernel without time namespaces has one clock since boot.
            var clock = new FileInfo("/proc/self/ns/time").LinkTarget ?? "";

            // If other users' processes are hidden (hidepid), a process that is not visible may still run.
            return space is null || !File.Exists("/proc/1/stat") ? null
                : $"{boot.Replace("-", "", StringComparison.Ordinal)}.{Number(space)}.{Number(clock)}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Number(string link) => string.Concat(link.Where(char.IsAsciiDigit));

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
