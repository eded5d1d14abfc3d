using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Hooks;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DailyDigest.Web;

/// <summary>The checks behind /readyz; docs/runbook.md has a page for each. They only read.</summary>
internal sealed class Alerts(
    FeedStore feeds, RunStore runs, NoticeStore notices, RelayFaults faults, HookStore hooks, ITableStore tables, TimeProvider time)
{
    private const int FailuresInARow = Feed.FailuresToAlert;

    // How long a loss of writes is shown if no run is held for it.
    private static readonly TimeSpan RestoreNews = TimeSpan.FromDays(1);

    private readonly RestoreHolds restored = new(tables);

    public static void Add(IServiceCollection services)
    {
        services.TryAddSingleton<FeedStore>();
        services.TryAddSingleton<RunStore>();
        services.TryAddSingleton<NoticeStore>();
        services.TryAddSingleton<RelayFaults>();
        services.TryAddSingleton<HookStore>();
        services.TryAddSingleton<ProbeStorage>();
        services.TryAddSingleton<ClockJumps>();
        services.AddSingleton<Alerts>();
        services.AddSingleton(AnnounceAlerts.Create).AddSingleton(WatchAlerts.Create);
        services.AddSingleton(provider => new Alert("storage", _ => Task.FromResult(provider.GetRequiredService<ProbeStorage>().Fault)));
        services.AddSingleton(provider => new Alert("journal", _ => Task.FromResult(provider.GetService<IStoreJournal>()?.Fault)));
        services.AddSingleton(provider => new Alert("clock",
            async stop => (await provider.GetRequiredService<ClockJumps>().FindAsync(stop))?.ToString()));
        services.AddSingleton(provider => new Alert("feeds", provider.GetRequiredService<Alerts>().FeedsAsync));
        services.AddSingleton(provider => new Alert("relay", provider.GetRequiredService<Alerts>().RelayAsync));
        services.AddSingleton(provider => new Alert("notices", provider.GetRequiredService<Alerts>().NoticesAsync));
        services.AddSingleton(provider => new Alert("restore", provider.GetRequiredService<Alerts>().RestoreAsync));
        services.AddSingleton(provider => new Alert("runs", provider.GetRequiredService<Alerts>().RunsAsync));
        services.AddSingleton(provider => new Alert("refusals", provider.GetRequiredService<Alerts>().RefusalsAsync));
        ReputationAlerts.Add(services);
        services.AddSingleton(provider => new Alert("hooks", provider.GetRequiredService<Alerts>().HooksAsync));
        services.TryAddSingleton<MailboxStates>();
        services.AddSingleton(provider => new Alert("mailbox", stop => MailboxAsync(provider, (state, name) => state.Fault(name), stop)));
        services.AddSingleton(provider => new Alert("returns", stop => MailboxAsync(provider, (state, name) => state.Waiting(name), stop)));
        services.AddSingleton(provider => new Alert("approval", provider.GetRequiredService<Alerts>().ApprovalAsync));
    }

    /// <summary>Raised for feeds that failed at least three times in a row, unless an editor paused them.</summary>
    public async Task<string?> FeedsAsync(CancellationToken cancellationToken)
    {
        var failing = (await feeds.ListAsync(cancellationToken)).Where(feed => feed.IsFailing).ToList();
        return failing.Count == 0 ? null : string.Join("; ", failing.Select(feed => $"{feed.Name} fails: {feed.LastError}"));
    }

    /// <summary>
    /// Raised from the first failure of a relay until it works, and while a part waits because a relay refuses us; quotes the replies.
    /// </summary>
    public async Task<string?> RelayAsync(CancellationToken cancellationToken)
    {
        var texts = (await faults.ListAsync(cancellationToken)).Select(fault => fault.ToString()).ToList();
        foreach (var run in await runs.ListOpenAsync(time.GetUtcNow(), cancellationToken))
        {
            foreach (var (part, control) in await LedgerReader.PartsAsync(tables, run, cancellationToken))
            {
                if (control.Trouble is { } trouble)
                {
                    texts.Add($"the delivery of {part} waits: {trouble}");
                    return string.Join("; ", texts);
                }
            }
        }

        return texts.Count == 0 ? null : string.Join("; ", texts);
    }

    /// <summary>Raised for confirmations and other service mails that wait too long: the relay refuses us, or no worker runs.</summary>
    public async Task<string?> NoticesAsync(CancellationToken cancellationToken)
    {
        var waiting = await notices.LateAsync(time.GetUtcNow(), cancellationToken);
        var count = waiting.Count.ToString(CultureInfo.InvariantCulture) + (waiting.Count < NoticeStore.MaxLate ? "" : " or more");
        return waiting.Count == 0 ? null : string.Create(
            CultureInfo.InvariantCulture, $"{count} service mails are waiting, the oldest since {waiting.Min():yyyy-MM-dd HH:mm} UTC");
    }

    /// <summary>Raised for runs of the last days in which implausibly many readers were refused as unknown.</summary>
    public async Task<string?> RefusalsAsync(CancellationToken cancellationToken)
    {
        var texts = (await runs.ListNearAsync(time.GetUtcNow(), daysBack: 2, cancellationToken)).Where(run => run.Distrusted).Select(Text);
        return string.Join("; ", texts) is { Length: > 0 } text ? text : null;
    }

    /// <summary>
    /// Raised for a day after the store was found to lack its last writes, and as long as a run is held for it.
    /// </summary>
    public async Task<string?> RestoreAsync(CancellationToken cancellationToken)
    {
        var holds = await restored.ListAsync(cancellationToken);
        if (holds.Count == 0)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var held = (await runs.ListOpenAsync(now, cancellationToken, RestoreHolds.MaxDaysUndecided)).Where(run => run.IsUndecided)
            .Select(run => $"{run.Cohort} on {run.Date.Text()}").ToList();
        return held.Count == 0 && now - holds.Max(hold => hold.Found) > RestoreNews ? null
            : $"the store does not know what was written between {holds[^1].Span}; runs held until an operator decides: "
                + (held.Count == 0 ? "none" : string.Join(", ", held));
    }

    /// <summary>Raised for missed runs of the last days and for open runs past their deadline.</summary>
    public async Task<string?> RunsAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var texts = new List<string>();
        foreach (var run in await runs.ListNearAsync(now, daysBack: 1, cancellationToken))
        {
            if (run.Missed)
            {
                texts.Add($"{run.Cohort} on {run.Date.Text()} was missed: {run.Why}");
            }
            else if (run.IsOpen && now > run.Deadline && !run.IsUndecided)
            {
                var state = run.Paused ? "paused" : "not closed";
                texts.Add($"{run.Cohort} on {run.Date.Text()} is {state} although its deadline has passed");
            }
        }

        return texts.Count == 0 ? null : string.Join("; ", texts);
    }

    /// <summary>Raised for web hooks that failed at least three times in a row, and for those that were switched off for it.</summary>
    public async Task<string?> HooksAsync(CancellationToken cancellationToken)
    {
        var texts = (await hooks.ListAsync(cancellationToken))
            .Where(hook => hook.State is HookState.Gone or HookState.Failing
                || (hook.State == HookState.On && hook.Failures >= FailuresInARow))
            .Select(hook => $"web hook {hook.Id} {(hook.State == HookState.On ? "fails" : "is switched off")}: {hook.LastError}");
        return string.Join("; ", texts) is { Length: > 0 } text ? text : null;
    }

    /// <summary>Raised while the digest of a cohort waits for an editor.</summary>
    public async Task<string?> ApprovalAsync(CancellationToken cancellationToken)
    {
        var texts = (await runs.ListOpenAsync(time.GetUtcNow(), cancellationToken, daysBack: 1))
            .Where(run => run.AwaitsApprovalUntil is not null)
            .Select(run => string.Create(
                CultureInfo.InvariantCulture,
                $"{run.Cohort} on {run.Date.Text()} waits until {run.AwaitsApprovalUntil:yyyy-MM-dd HH:mm} UTC"));
        return string.Join("; ", texts) is { Length: > 0 } text ? $"not approved yet: {text}" : null;
    }

    /// <summary>Raised for a mailbox that cannot be read, and for messages in it that wait for a person.</summary>
    private static async Task<string?> MailboxAsync(
        IServiceProvider services, Func<MailboxState, string, string?> text, CancellationToken cancellationToken) =>
        services.GetService<IReturnMailbox>() is { } mailbox
            ? text(await services.GetRequiredService<MailboxStates>().GetAsync(mailbox.Id, cancellationToken), mailbox.Name) : null;

    private static string Text(Run run)
    {
        var (refused, all) = (run.Refused, run.Counts.Values.Sum());
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{refused} of {all} readers of {run.Cohort} on {run.Date.Text()} were refused as unknown; none was unsubscribed");
    }
}
