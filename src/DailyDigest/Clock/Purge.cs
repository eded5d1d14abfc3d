using System.Globalization;
using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Figures;
using DailyDigest.Hooks;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Clock;

/// <summary>
/// Deletes what is older than it is kept. This is the one place that knows how long each table is kept and how its partitions are named.
/// One pass a day, as part of the tick, in small steps; the progress is stored in table Facts. Every step can stop anywhere and be repeated
/// by any process.
/// </summary>
/// <remarks>
/// The list of stories sent to each cohort (SentStories) is deleted when a digest is frozen. Cohorts, tombstones of the audience, and
/// subscribers who left are kept.
/// </remarks>
public sealed partial class Purge(
    ITableStore tables, RunStore runs, CohortStore cohorts, DropSignUp dropSignUp, ReaderCounts counts, HookStore hooks,
    Publication publication, StoryLanguages languages, DeliveryOptions options, TimeProvider time, ILogger<Purge> logger)
{
    /// <summary>Days for stories, by the day of publication; older ones can be in no digest.</summary>
    public const int StoryDays = 400;

    private const int CheckDays = 2;

    // A run that is still open keeps its date for this many days more; after that the sweep does not look at it any more.
    internal const int OpenRunDays = 7;

    // More than any setting allows; a row with an older date is damaged.
    private const int MaxAgeDays = 1_500;

    private const int MaxCalls = 150;
    private const int MaxBatches = 40;
    private const int ShardsOfDay = 256;

    private readonly AddressStore addresses = new(tables);
    private DateOnly? rested;

    /// <summary>Does the next step of today's pass. Returns false if none is left.</summary>
    public async Task<bool> ExecuteAsync(CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (rested == today)
        {
            return false;
        }

        if (await PurgeProgress.ReadAsync(tables, cancellationToken) is not { } progress)
        {
            // A new store has nothing to delete; a store that was filled before purging existed has nothing older than its cohorts.
            var first = (await cohorts.ListAsync(cancellationToken)).Select(row => row.FirstDate)
                .Where(date => date > today.AddDays(-MaxAgeDays)).Append(today).Min();
            await PurgeProgress.Begin(today, first.AddDays(-2)).InsertAsync(tables, cancellationToken);
            return false;
        }

        if (progress.Pass >= today && progress.Done)
        {
            rested = today;
            return false;
        }

        progress = progress.Done ? progress with { Pass = today, Done = false, Shard = 0 } : progress;
        var budget = new PurgeBudget(tables, MaxCalls, MaxBatches);
        progress = await SweepAsync(progress, today, budget, cancellationToken);
        if (await progress.ChangeAsync(tables, cancellationToken) && progress.Done)
        {
            Log.Done(logger, options.KeepDays, budget.Deleted);
        }

        return true;
    }

    /// <summary>Each rule from its progress on, oldest first, until the budget of this step is used up.</summary>
    private async Task<PurgeProgress> SweepAsync(
        PurgeProgress progress, DateOnly today, PurgeBudget budget, CancellationToken cancellationToken)
    {
        for (var date = progress.Ledger; date < today.AddDays(-options.KeepDays)
            && await IsFreeAsync(date, today, cancellationToken); date = date.AddDays(1))
        {
            if (!await LedgerAsync(date, budget, cancellationToken))
            {
                return progress;
            }

            progress = progress with { Ledger = date.AddDays(1) };
        }

        for (var date = progress.Archive; publication.ArchiveDays > 0
            && date < Earlier(progress.Ledger, today.AddDays(-publication.ArchiveDays)); date = date.AddDays(1))
        {
            if (!await DigestsAsync(date, keep: [], budget, cancellationToken)
                || !await budget.ClearAsync(Tables.Pictures, date.Text(), cancellationToken))
            {
                return progress;
            }

            progress = progress with { Archive = date.AddDays(1) };
        }

        for (var date = progress.Notices; date < today.AddDays(-NoticeStore.RetentionDays); date = date.AddDays(1))
        {
            if (!await budget.ClearAsync(Tables.Notices, date.Text(), cancellationToken))
            {
                return progress;
            }

            progress = progress with { Notices = date.AddDays(1) };
        }

        for (var date = progress.Checks; date < today.AddDays(-CheckDays); date = date.AddDays(1))
        {
            for (var hour = 0; hour < 24; hour++)
            {
                var partition = string.Create(CultureInfo.InvariantCulture, $"{date.Text()}-{hour:00}");
                if (!await budget.ClearAsync(Tables.UsedChecks, partition, cancellationToken)
                    || !await budget.ClearAsync(Tables.Budgets, partition, cancellationToken))
                {
                    return progress;
                }
            }

            progress = progress with { Checks = date.AddDays(1) };
        }

        (progress, var isDone) = await PurgeAudit.ExecuteAsync(progress, today, budget, cancellationToken);
        (progress, isDone) = isDone
            ? await PurgeReturns.ExecuteAsync(progress, today, options.KeepDays, budget, cancellationToken) : (progress, false);
        if (!isDone)
        {
            return progress;
        }

        foreach (var kind in progress.Shard == 0 ? FigureKinds.All : [])
        {
            if (!await budget.ClearAsync(Tables.Figures, kind, cancellationToken, today.AddDays(-FigureStore.KeptDays).Text()))
            {
                return progress;
            }
        }

        if (progress.Shard == 0
            && !await PurgeHooks.ExecuteAsync(hooks, time.GetUtcNow().AddDays(-HookCallStore.KeepDays), budget, cancellationToken))
        {
            return progress;
        }

        foreach (var partition in progress.Shard == 0 ? ApiCallStore.Partitions : [])
        {
            if (!await budget.EachAsync(
                Tables.ApiCalls, partition, TableRules.MaxPage,
                async row => !ApiCallStore.IsOver(row, time.GetUtcNow())
                    || await budget.DeleteAsync(Tables.ApiCalls, partition, [row.Key], cancellationToken, row.ETag),
                cancellationToken))
            {
                return progress;
            }
        }

        for (var shard = progress.Shard; shard < ShardsOfDay; shard++)
        {
            var partition = shard.ToString("x2", CultureInfo.InvariantCulture);
            if (!await StoriesAsync(partition, today.AddDays(-StoryDays), budget, cancellationToken)
                || !await SignUpsAsync(partition, today.AddDays(-DropSignUp.Days), budget, cancellationToken)
                || !budget.Take(calls: 1))
            {
                return progress;
            }

            budget.Take(await addresses.FollowAllAsync(partition, cancellationToken) / TableRules.MaxPage);
            progress = progress with { Shard = shard + 1 };
        }

        return progress with { Done = true };
    }

    /// <summary>False while a run of the date is open: its ledger, digest and mails are still needed.</summary>
    private async Task<bool> IsFreeAsync(DateOnly date, DateOnly today, CancellationToken cancellationToken)
    {
        if (date < today.AddDays(-options.KeepDays - OpenRunDays)
            || (await runs.ListAsync(date, cancellationToken)).All(run => !run.IsOpen))
        {
            return true;
        }

        Log.Kept(logger, date);
        return false;
    }

    /// <summary>The ledger first and the runs last: a run tells which slices there are.</summary>
    private async Task<bool> LedgerAsync(DateOnly date, PurgeBudget budget, CancellationToken cancellationToken)
    {
        foreach (var slice in Part.Sixteen.Append(Part.Whole))
        {
            if (!await budget.ClearAsync(Tables.Ledger, Part.LedgerPartition(date, slice), cancellationToken))
            {
                return false;
            }
        }

        return await DigestsAsync(date, keep: Shown(), budget, cancellationToken)
            && await budget.ClearAsync(Tables.Edits, date.Text(), cancellationToken)
            && await budget.ClearAsync(Tables.Hooks, AnnounceRuns.Partition(date), cancellationToken)
            && await budget.ClearAsync(Tables.Runs, date.Text(), cancellationToken);
    }

    /// <summary>The keys of the digests that the public archive shows, in each language.</summary>
    private IReadOnlyList<string> Shown() =>
        [.. languages.Each.Prepend(StoryChoice.All).Select(choice => choice.DigestKey(publication.HomeCohort.Key))];

    /// <summary>
    /// The date's mails and digests except those that the public archive shows. The digest last: it tells the partition of its mails.
    /// </summary>
    private static Task<bool> DigestsAsync(
        DateOnly date, IReadOnlyList<string> keep, PurgeBudget budget, CancellationToken cancellationToken) =>
        budget.EachAsync(
            Tables.Digests, date.Text(), PurgeBudget.SmallPage,
            async row => keep.Contains(row.Key)
                || (await budget.ClearAsync(Tables.Variants, $"{date.Text()}~{row.Key}", cancellationToken)
                    && await budget.DeleteAsync(Tables.Digests, date.Text(), [row.Key], cancellationToken)),
            cancellationToken);

    /// <summary>
    /// Stories are found by the index from id to day, because a feed may bring one of any day. The index last: without it a story is not
    /// found.
    /// </summary>
    private static Task<bool> StoriesAsync(string partition, DateOnly before, PurgeBudget budget, CancellationToken cancellationToken) =>
        budget.EachAsync(
            Tables.StoryDates, partition, TableRules.MaxPage,
            async row => StoryDates.Read(row) is not { } dates || dates.Latest >= before
                || (await StoryAsync(dates, budget, cancellationToken)
                    && await budget.DeleteAsync(Tables.StoryDates, partition, [row.Key], cancellationToken, row.ETag)),
            cancellationToken);

    private static async Task<bool> StoryAsync(StoryDates dates, PurgeBudget budget, CancellationToken cancellationToken)
    {
        foreach (var date in dates.All)
        {
            if (!await budget.DeleteAsync(Tables.Stories, date.Text(), [dates.Id], cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private Task<bool> SignUpsAsync(string partition, DateOnly before, PurgeBudget budget, CancellationToken cancellationToken) =>
        budget.EachAsync(
            Tables.Subscribers, partition, TableRules.MaxPage, row => DropAsync(partition, row, before, budget, cancellationToken),
            cancellationToken);

    private async Task<bool> DropAsync(
        string partition, TableRow row, DateOnly before, PurgeBudget budget, CancellationToken cancellationToken)
    {
        if (row.Key == ReaderCountRow.Key)
        {
            // The process that changed it may have been killed before it added up.
            counts.Mark(partition);
            return true;
        }

        if (!DropSignUp.IsStale(SubscriberRow.Read(row), before))
        {
            return true;
        }

        if (!budget.Take(calls: 6))
        {
            return false;
        }

        await dropSignUp.ExecuteAsync(row.Key, before, cancellationToken);
        return true;
    }

    private static DateOnly Earlier(DateOnly one, DateOnly other) => one < other ? one : other;

    private static partial class Log
    {
        [LoggerMessage(231, LogLevel.Information,
            "The daily deletion of expired data is complete; its last step deleted {Rows} rows. The ledger is kept for {Days} days")]
        public static partial void Done(ILogger logger, int days, int rows);

        [LoggerMessage(232, LogLevel.Warning,
            "The ledger of {Date:yyyy-MM-dd} is due for deletion, but one of its runs is still open; cancel the run or let it end")]
        public static partial void Kept(ILogger logger, DateOnly date);
    }
}
