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
    DemoSeed seed, DemoOwner owner, DemoDay day, DemoOutbox outbox, DemoEditions editions, PollFeeds poll, DemoConsole console,
    Publication publication, IServiceProvider services, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<DemoWorker> logger) : BackgroundService
{
    private static readonly TimeSpan SettleTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(2);

    private const int MaxLines = 5;

    private readonly DateTimeOffset begun = time.GetUtcNow();
    private bool isFirst;
    private string? token;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (services.GetService<FirstPoll>() is not null)
        {
            isFirst = await seed.ExecuteAsync(cancellationToken);
            token = await owner.PrepareAsync(cancellationToken);
            await base.StartAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // The links work once the server listens; what is due now is still being made and sent then.
            await StartedAsync(stoppingToken);
            console.Out.Write(DemoReport.Links(publication, token, outbox));
            var polls = await services.GetRequiredService<FirstPoll>().WaitAsync(stoppingToken);
            var days = await SettledAsync(stoppingToken);
            var report = new DemoReport(days, polls, begun, time) { IsFirst = isFirst }.ToString();
            await AddLateAsync(days, stoppingToken);
            console.Out.Write(report);
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

    private async Task StartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
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

    // So that the digest of tomorrow is not empty: what is published from now on is for it.
    private async Task AddLateAsync(IReadOnlyList<CohortDay> now, CancellationToken cancellationToken)
    {
        if (!now.Any(one => one.IsUnderWay))
        {
            await editions.AddLateAsync(cancellationToken);
            await poll.ExecuteAsync(evenSlow: false, cancellationToken);
        }
    }

    private async Task WatchAsync(HashSet<string> seen, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(WatchInterval, time, cancellationToken);
            var fresh = (await outbox.ListAsync(cancellationToken)).Where(mail => seen.Add(mail.File)).Reverse().ToList();
            if (fresh.Count > MaxLines)
            {
                var at = DemoHour.Wall(publication.TimeZone, fresh[^1].Written);
                console.Out.WriteLine($"  {at}  {fresh.Count} new mails: {publication.BaseUrl}/demo/outbox");
                continue;
            }

            foreach (var mail in fresh)
            {
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
