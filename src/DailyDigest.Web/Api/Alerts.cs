using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DailyDigest.Web;

/// <summary>What /readyz tells an operator who brings a key; docs/runbook.md has a page for each. They read and never write.</summary>
public sealed class Alerts(FeedStore feeds, RunStore runs, NoticeStore notices, ITableStore tables, TimeProvider time)
{
    private const int FailuresInARow = 3;

    // Enough to see that something is wrong.
    private const int MostNoticesADay = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <summary>Registers them.</summary>
    public static void Add(IServiceCollection services)
    {
        services.TryAddSingleton<FeedStore>();
        services.TryAddSingleton<RunStore>();
        services.TryAddSingleton<NoticeStore>();
        services.AddSingleton<Alerts>();
        services.AddSingleton(provider => new Alert("feeds", provider.GetRequiredService<Alerts>().FeedsAsync));
        services.AddSingleton(provider => new Alert("relay", provider.GetRequiredService<Alerts>().RelayAsync));
        services.AddSingleton(provider => new Alert("notices", provider.GetRequiredService<Alerts>().NoticesAsync));
        services.AddSingleton(provider => new Alert("runs", provider.GetRequiredService<Alerts>().RunsAsync));
        services.AddSingleton(provider => new Alert("refusals", provider.GetRequiredService<Alerts>().RefusalsAsync));
    }

    /// <summary>Feeds that have failed three times in a row or more.</summary>
    public async Task<string?> FeedsAsync(CancellationToken cancellationToken)
    {
        var failing = (await feeds.ListAsync(cancellationToken)).Where(feed => feed.Failures >= FailuresInARow).ToList();
        return failing.Count == 0 ? null : string.Join("; ", failing.Select(feed => $"{feed.Name} fails: {feed.LastError}"));
    }

    /// <summary>A relay that refuses us, in its own words.</summary>
    public async Task<string?> RelayAsync(CancellationToken cancellationToken)
    {
        foreach (var run in await runs.ListOpenAsync(time.GetUtcNow(), cancellationToken))
        {
            foreach (var (part, control) in await LedgerReader.PartsAsync(tables, run, cancellationToken))
            {
                if (control.Trouble is { } trouble)
                {
                    return $"the delivery of {part} waits: {trouble}";
                }
            }
        }

        return null;
    }

    /// <summary>Confirmations and other service mails of the last days that nobody gets to send: a relay that refuses us, or a worker that does not run.</summary>
    public async Task<string?> NoticesAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var waiting = await notices.WaitingAsync(now, now - Patience, daysBack: 2, MostNoticesADay, cancellationToken);
        return waiting.Count == 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"service mails are not sent, confirmations among them: {waiting.Count}{(waiting.Count < MostNoticesADay ? "" : " or more")}, the oldest asked for at {waiting.Min():yyyy-MM-dd HH:mm} UTC");
    }

    /// <summary>Runs of the last days in which more readers were refused as not there than can be believed.</summary>
    public async Task<string?> RefusalsAsync(CancellationToken cancellationToken)
    {
        var said = (await runs.ListNearAsync(time.GetUtcNow(), daysBack: 2, cancellationToken)).Where(run => run.Distrusted)
            .Select(run => string.Create(
                CultureInfo.InvariantCulture, $"{run.Refused} of {run.Counts.Values.Sum()} readers of {run.Cohort} on {run.Date.Text()} were refused as not there; their subscriptions were left alone"));
        return string.Join("; ", said) is { Length: > 0 } text ? text : null;
    }

    /// <summary>Runs of the last days that were missed, and open ones whose deadline has passed.</summary>
    public async Task<string?> RunsAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var said = new List<string>();
        foreach (var run in await runs.ListNearAsync(now, daysBack: 1, cancellationToken))
        {
            if (run.Missed)
            {
                said.Add($"{run.Cohort} on {run.Date.Text()} was missed: {run.Why}");
            }
            else if (run.IsOpen && now > run.Deadline)
            {
                said.Add($"{run.Cohort} on {run.Date.Text()} is {(run.Paused ? "paused" : "not closed")} though its deadline has passed");
            }
        }

        return said.Count == 0 ? null : string.Join("; ", said);
    }
}
