using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>The result of one sender.</summary>
/// <param name="Messages">Messages that the sink took.</param>
/// <param name="Seconds">From the first step to the last.</param>
/// <param name="CpuSeconds">User and system time of the sending process in that time.</param>
/// <param name="PeakMegabytes">Most resident memory of the process so far; null if unknown.</param>
/// <param name="FirstSeconds">From the tick to the first answer; null where there is no tick.</param>
/// <param name="BeforeMegabytes">Resident memory just before the tick, audience in storage; null where there is no tick.</param>
/// <param name="CallsPerThousand">Calls of the table store per 1,000 messages; null where there is none.</param>
/// <param name="AllocatedKilobytes">Managed memory allocated per message; null where it is not managed.</param>
internal sealed record Measured(long Messages, double Seconds, double CpuSeconds, double? PeakMegabytes, double? FirstSeconds = null,
    double? AllocatedKilobytes = null, double? BeforeMegabytes = null,
    double? CallsPerThousand = null)
{
    /// <summary>The readers of the run, who are settled in one way or another; null where there is no run.</summary>
    public long? Readers { get; init; }

    /// <summary>When the measurement began, in seconds since 1970.</summary>
    public double BeganAt { get; init; }

    public double Rate => Messages / Seconds;

    public double CpuPerThousand => CpuSeconds * 1000 / Messages;

    public void Print() => Console.WriteLine(JsonSerializer.Serialize(this));
}

/// <summary>Wall clock, processor and memory of this process.</summary>
internal sealed class Meters
{
    private readonly long began = Stopwatch.GetTimestamp();
    private readonly TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;

    public (double Seconds, double Cpu) Read() =>
        (Stopwatch.GetElapsedTime(began).TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds);

    /// <summary>VmHWM of proc(5).</summary>
    public static double PeakMegabytes(int? process = null)
    {
        var line = File.ReadLines($"/proc/{process?.ToString(CultureInfo.InvariantCulture) ?? "self"}/status")
            .First(line => line.StartsWith("VmHWM", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
