using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Clock;

/// <summary>
/// Clears away what need not be kept: the one place that knows how long each table is kept and how its partitions are named. A pass a day, as part of
/// the tick, a small piece at each beat; where it is stands in table Facts. Every piece can be stopped anywhere and repeated by anybody.
/// </summary>
/// <remarks>
/// What each cohort was sent (SentStories) is cleared whenever a digest is frozen. Cohorts, tombstones of the audience, and subscribers who left stay.
/// </remarks>
public sealed partial class Purge(
    ITableStore tables, RunStore runs, CohortStore cohorts, DropSignUp dropSignUp, Publication publication,
    DeliveryOptions options, TimeProvider time, ILogger<Purge> logger)
{
    /// <summary>Sign-ups that nobody confirmed, with the row of their address.</summary>
    public const int SignUpDays = 30;

    /// <summary>Stories, by the day of publication: what is older can be in no digest.</summary>
    public const int StoryDays = 400;

    private const int CheckDays = 2;

    // A run that is still open keeps its date for so many days more; after that nobody would close it any more (Sweep looks as far back).
    internal const int Patience = 7;

    // Longer than anything may be kept by setting; a row with a date beyond it is damaged.
    private const int MostAge = 1_500;

    private const int MostCalls = 150;
    private const int MostBatches = 40;
    private const int ShardsOfDay = 256;

    private DateOnly? rested;

    /// <summary>Does a piece of today's pass if there is one left. Returns true if it did.</summary>
    public async Task<bool> ExecuteAsync(CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (rested == today)
        {
            return false;
        }

        if (await PurgeProgress.ReadAsync(tables, cancellationToken) is not { } progress)
        {
            // A new store has nothing to be cleared away, and one that was filled before there was a purge nothing older than its cohorts.
            var first = (await cohorts.ListAsync(cancellationToken)).Select(row => row.FirstDate).Where(date => date > today.AddDays(-MostAge)).Append(today).Min();
            await PurgeProgress.Begin(today, first.AddDays(-2)).InsertAsync(tables, cancellationToken);
            return false;
        }

        if (progress.Pass >= today && progress.Done)
        {
            rested = today;
            return false;
        }

        progress = progress.Done ? progress with { Pass = today, Done = false, Shard = 0 } : progress;
        var broom = new Broom(tables, MostCalls, MostBatches);
        progress = await SweepAsync(progress, today, broom, cancellationToken);
        if (await progress.ChangeAsync(tables, cancellationToken) && progress.Done)
        {
            Log.Done(logger, progress.Ledger);
        }

        return true;
    }

    /// <summary>Each rule from where it stands, oldest first, until the broom is worn.</summary>
    private async Task<PurgeProgress> SweepAsync(PurgeProgress progress, DateOnly today, Broom broom, CancellationToken cancellationToken)
    {
        for (var date = progress.Ledger; date < today.AddDays(-options.KeepDays) && await IsFreeAsync(date, today, cancellationToken); date = date.AddDays(1))
        {
            if (!await LedgerAsync(date, broom, cancellationToken))
            {
                return progress;
            }

            progress = progress with { Ledger = date.AddDays(1) };
        }

        for (var date = progress.Archive; publication.ArchiveDays > 0 && date < Earlier(progress.Ledger, today.AddDays(-publication.ArchiveDays)); date = date.AddDays(1))
        {
            if (!await DigestsAsync(date, keep: null, broom, cancellationToken))
            {
                return progress;
            }

            progress = progress with { Archive = date.AddDays(1) };
        }

        for (var date = progress.Notices; date < today.AddDays(-NoticeStore.KeptDays); date = date.AddDays(1))
        {
            if (!await broom.ClearAsync(Tables.Notices, date.Text(), cancellationToken))
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
                if (!await broom.ClearAsync(Tables.UsedChecks, partition, cancellationToken) || !await broom.ClearAsync(Tables.Budgets, partition, cancellationToken))
                {
                    return progress;
                }
            }

            progress = progress with { Checks = date.AddDays(1) };
        }

        for (var shard = progress.Shard; shard < ShardsOfDay; shard++)
        {
            var partition = shard.ToString("x2", CultureInfo.InvariantCulture);
            if (!await StoriesAsync(partition, today.AddDays(-StoryDays), broom, cancellationToken)
                || !await SignUpsAsync(partition, today.AddDays(-SignUpDays), broom, cancellationToken))
            {
                return progress;
            }

            progress = progress with { Shard = shard + 1 };
        }

        return progress with { Done = true };
    }

    /// <summary>False while a run of the date is open: its ledger, digest and mails are needed.</summary>
    private async Task<bool> IsFreeAsync(DateOnly date, DateOnly today, CancellationToken cancellationToken)
    {
        if (date < today.AddDays(-options.KeepDays - Patience) || (await runs.ListAsync(date, cancellationToken)).All(run => !run.IsOpen))
        {
            return true;
        }

        Log.Kept(logger, date);
        return false;
    }

    /// <summary>The ledger first and the runs last: while a run stands, its slices are known.</summary>
    private async Task<bool> LedgerAsync(DateOnly date, Broom broom, CancellationToken cancellationToken)
    {
        foreach (var slice in Part.Sixteen.Append(Part.Whole))
        {
            if (!await broom.ClearAsync(Tables.Ledger, Part.LedgerPartition(date, slice), cancellationToken))
            {
                return false;
            }
        }

        return await DigestsAsync(date, keep: publication.HomeCohort.Key, broom, cancellationToken)
            && await broom.ClearAsync(Tables.Runs, date.Text(), cancellationToken);
    }

    /// <summary>The date's mails and digests but the one that the public archive shows. The digest goes last: it names the partition of its mails.</summary>
    private static Task<bool> DigestsAsync(DateOnly date, string? keep, Broom broom, CancellationToken cancellationToken) =>
        broom.EachAsync(
            Tables.Digests, date.Text(), Broom.FewRows,
            async row => row.Key == keep
                || (await broom.ClearAsync(Tables.Variants, $"{date.Text()}~{row.Key}", cancellationToken)
                    && await broom.DeleteAsync(Tables.Digests, date.Text(), [row.Key], cancellationToken)),
            cancellationToken);

    /// <summary>Stories are found by the index from id to day, since a feed may bring one of any day. The index goes last: without it a story is not found again.</summary>
    private static Task<bool> StoriesAsync(string partition, DateOnly before, Broom broom, CancellationToken cancellationToken) =>
        broom.EachAsync(
            Tables.StoryDates, partition, TableRules.MaxPage,
            async row => StoryDates.Read(row) is not { } dates || dates.Latest >= before
                || (await StoryAsync(dates, broom, cancellationToken)
                    && await broom.DeleteAsync(Tables.StoryDates, partition, [row.Key], cancellationToken, row.ETag)),
            cancellationToken);

    private static async Task<bool> StoryAsync(StoryDates dates, Broom broom, CancellationToken cancellationToken)
    {
        foreach (var date in dates.All)
        {
            if (!await broom.DeleteAsync(Tables.Stories, date.Text(), [dates.Id], cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private Task<bool> SignUpsAsync(string partition, DateOnly before, Broom broom, CancellationToken cancellationToken) =>
        broom.EachAsync(Tables.Subscribers, partition, TableRules.MaxPage, row => DropAsync(row, before, broom, cancellationToken), cancellationToken);

    private async Task<bool> DropAsync(TableRow row, DateOnly before, Broom broom, CancellationToken cancellationToken)
    {
        if (!DropSignUp.IsStale(SubscriberRow.Read(row), before))
        {
            return true;
        }

        if (!broom.Take(calls: 6))
        {
            return false;
        }

        await dropSignUp.ExecuteAsync(row.Key, before, cancellationToken);
        return true;
    }

    private static DateOnly Earlier(DateOnly one, DateOnly other) => one < other ? one : other;

    private static partial class Log
    {
        [LoggerMessage(231, LogLevel.Information, "What need not be kept is cleared away: the ledger begins with {Date:yyyy-MM-dd}")]
        public static partial void Done(ILogger logger, DateOnly date);

        [LoggerMessage(232, LogLevel.Warning, "The ledger of {Date:yyyy-MM-dd} is older than it is kept, but a run of it is still open")]
        public static partial void Kept(ILogger logger, DateOnly date);
    }
}
