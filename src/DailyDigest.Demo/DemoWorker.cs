using DailyDigest.Content;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Demo;

/// <summary>
/// Adds the samples before anything else starts. Then it watches the program's workers, writes a summary, and writes a line for each new
/// mail. It delivers nothing itself.
/// </summary>
internal sealed partial class DemoWorker(
    DemoSeed seed, DemoDay day, DemoOutbox outbox, DemoConsole console, Publication publication, IServiceProvider services,
    TimeProvider time, ILogger<DemoWorker> logger) : BackgroundService
{
    private static readonly TimeSpan SettleTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(2);

    private readonly DateTimeOffset begun = time.GetUtcNow();
    private bool isFirst;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (services.GetService<FirstPoll>() is not null)
        {
            isFirst = await seed.ExecuteAsync(cancellationToken);
            await base.StartAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var polls = await services.GetRequiredService<FirstPoll>().WaitAsync(stoppingToken);
            var days = await SettledAsync(stoppingToken);
            var report = new DemoReport(publication, days, polls, outbox, begun, time) { IsFirst = isFirst };
            console.Out.Write(report.ToString());
            await WatchAsync([.. (await outbox.ListAsync(stoppingToken)).Select(mail => mail.File)], stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Ctrl-C.
        }
        catch (Exception exception) when (exception is StorageException or IOException or UnauthorizedAccessException)
        {
            Log.Blind(logger, exception.Message);
        }
    }

    private async Task<IReadOnlyList<CohortDay>> SettledAsync(CancellationToken cancellationToken)
    {
        for (var deadline = time.GetUtcNow() + SettleTimeout; ; await Task.Delay(PollInterval, time, cancellationToken))
        {
            var days = await day.ExecuteAsync(cancellationToken);
            if (!days.Any(one => one.IsUnderWay) || time.GetUtcNow() > deadline)
            {
                return days;
            }
        }
    }

    private async Task WatchAsync(HashSet<string> seen, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(WatchInterval, time, cancellationToken);
            foreach (var mail in (await outbox.ListAsync(cancellationToken)).Where(mail => !seen.Contains(mail.File)).Reverse())
            {
                seen.Add(mail.File);
                console.Out.WriteLine(
                    $"  {DemoHour.Wall(publication.TimeZone, mail.Written)}  new mail: {mail.Subject}  "
                        + $"{DemoPages.Mail(publication, mail.File)}");
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(451, LogLevel.Warning, "The demonstration cannot read its state: {Why}")]
        public static partial void Blind(ILogger logger, string why);
    }
}
