using DailyDigest.Server.Workers;
using DailyDigest.Settings;
using DailyDigest.Storage;

namespace DailyDigest.Server.Demo;

/// <summary>
/// Puts the samples in place before anything else starts, then watches the program do its work, says what it did and where to look, and goes on saying
/// when mail comes. It delivers nothing itself.
/// </summary>
internal sealed partial class DemoWorker(
    DemoSeed seed, DemoDay day, DemoOutbox outbox, DemoConsole console, Publication publication, IServiceProvider services,
    IHostApplicationLifetime lifetime, TimeProvider time, ILogger<DemoWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

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
            await lifetime.StartedAsync(stoppingToken);
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
        for (var deadline = time.GetUtcNow() + Patience; ; await Task.Delay(Glance, time, cancellationToken))
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
            await Task.Delay(Look, time, cancellationToken);
            foreach (var mail in (await outbox.ListAsync(cancellationToken)).Where(mail => !seen.Contains(mail.File)).Reverse())
            {
                seen.Add(mail.File);
                console.Out.WriteLine(
                    $"  {DemoHour.Wall(publication.TimeZone, mail.Written)}  new mail: {mail.Subject}  {DemoPages.Mail(publication, mail.File)}");
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(451, LogLevel.Warning, "The demonstration cannot tell how it stands: {Why}")]
        public static partial void Blind(ILogger logger, string why);
    }
}
