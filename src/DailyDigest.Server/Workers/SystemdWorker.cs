using System.Globalization;
using Microsoft.Extensions.Hosting.Systemd;

namespace DailyDigest.Server.Workers;

/// <summary>
/// Reports to systemd (<c>Type=notify</c>): ready, stopping, and a heartbeat at a third of <c>WatchdogSec</c>. The heartbeat stops while a
/// watched step hangs, and by itself when no thread is free; systemd then kills the program and starts it again.
/// </summary>
internal sealed partial class SystemdWorker(
    ISystemdNotifier systemd, StepWatch steps, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SystemdWorker> logger)
    : Loop(
        Interval(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID")), time, logger)
{
    // A day. A timer takes no more than some weeks.
    private const long MaxMicroseconds = 86_400_000_000;

    private static readonly ServiceState Heartbeat = new("WATCHDOG=1");

    private bool isReady;
    private string? hanging;

    protected override async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        if (!isReady)
        {
            await lifetime.StartedAsync(cancellationToken);
            systemd.Notify(ServiceState.Ready);
            lifetime.ApplicationStopping.Register(() => systemd.Notify(ServiceState.Stopping));
            isReady = true;
        }

        Beat();
        return false;
    }

    /// <summary>Sends a heartbeat, unless a step hangs. Returns whether it did.</summary>
    internal bool Beat()
    {
        var found = steps.FindHanging();
        if (found is null)
        {
            systemd.Notify(Heartbeat);
        }
        else if (found != hanging)
        {
            Log.Hangs(logger, found);
        }

        hanging = found;
        return found is null;
    }

    /// <summary>A third of the time after which systemd gives up on this process; for ever if it watches none, or another one.</summary>
    /// <param name="microseconds">The variable WATCHDOG_USEC.</param>
    /// <param name="process">The variable WATCHDOG_PID.</param>
    internal static TimeSpan Interval(string? microseconds, string? process) =>
        long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is > 0 and <= MaxMicroseconds
        && (string.IsNullOrEmpty(process) || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            ? TimeSpan.FromMicroseconds(limit / 3.0)
            : Timeout.InfiniteTimeSpan;

    private static partial class Log
    {
        [LoggerMessage(403, LogLevel.Error, "{Worker} hangs, so systemd gets no heartbeat. It will stop the program and start it again.")]
        public static partial void Hangs(ILogger logger, string worker);
    }
}
