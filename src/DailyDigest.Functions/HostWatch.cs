using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Functions;

/// <summary>
/// Ends a worker whose host has died. The worker does not notice it: it would hold its parts and its memory for ever. The host listens for
/// workers as long as it lives, so an address that refuses a connection three times in a row has no host any more.
/// </summary>
internal sealed partial class HostWatch(
    IConfiguration configuration, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<HostWatch> logger) : BackgroundService
{
    private const int MaxFailures = 3;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!Uri.TryCreate(configuration["Functions:Worker:HostEndpoint"], UriKind.Absolute, out var host))
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval, time);
        var failures = 0;
        while (failures < MaxFailures && await timer.WaitForNextTickAsync(stoppingToken))
        {
            failures = await AnswersAsync(host, stoppingToken) ? 0 : failures + 1;
        }

        Log.HostGone(logger);
        lifetime.StopApplication();
    }

    private static async Task<bool> AnswersAsync(Uri host, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(host.Host, host.Port, cancellationToken);
            return true;
        }
        catch (SocketException exception)
        {
            // A busy host may not answer in time. Nobody listens where a connection is refused.
            return exception.SocketErrorCode != SocketError.ConnectionRefused;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(701, LogLevel.Warning, "The Functions host has ended; this worker releases its parts and ends, too")]
        public static partial void HostGone(ILogger logger);
    }
}
