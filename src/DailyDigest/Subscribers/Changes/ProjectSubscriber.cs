using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>Projects the subscriber row into the audience. Repeatable at any time, concurrently, and in any order of versions.</summary>
public sealed class ProjectSubscriber(
    AudienceStore audience, CohortStore cohorts, Withhold withhold, StoryLanguages languages, ITableStore tables, TellHooks? hooks = null)
{
    // Rows of history that a new cohort gets, by key: enough for years of digests.
    private const int MaxHistoryRows = 10_000;

    /// <summary>
    /// Writes the audience rows, closed placements first, and excludes a subscriber who left, paused or rests from open runs. Last,
    /// it tells the web hooks.
    /// </summary>
    public async Task ExecuteAsync(Subscriber subscriber, CancellationToken cancellationToken)
    {
        foreach (var placement in subscriber.Placements.OrderBy(placement => placement is { Removed: false, Until: null }))
        {
            if (!placement.Removed)
            {
                await EnsureCohortAsync(subscriber, placement, cancellationToken);
            }

            await audience.ProjectAsync(placement.Cohort, Entry(subscriber, placement), cancellationToken);
        }

        if (subscriber.Status != SubscriberStatus.Active)
        {
            await withhold.ExecuteAsync(subscriber, cancellationToken);
        }
        else if (subscriber.QuietUntil is { } until)
        {
            // An open run may have read its audience already: exclude the subscriber in the ledger too, for the dates before the end of the
            // pause or rest.
            var paused = subscriber.Placements.Where(placement => placement.From < until)
                .Select(placement => placement with { Until = placement.Until < until ? placement.Until : until.AddDays(-1) });
            await withhold.ExecuteAsync(subscriber with { Placements = [.. paused] }, cancellationToken);
        }

        await (hooks?.ExecuteAsync(subscriber, cancellationToken) ?? Task.CompletedTask);
    }

    /// <summary>Writes the audience rows of active subscribers who have one placement and neither pause nor rest.</summary>
    internal async Task ExecuteAllAsync(IReadOnlyList<Subscriber> subscribers, CancellationToken cancellationToken)
    {
        foreach (var cohort in subscribers.Select(subscriber => subscriber.Cohort).Distinct())
        {
            await cohorts.EnsureAsync(cohort, cancellationToken);
        }

        var batches = PartitionBatches.Of(
            subscribers, subscriber => AudienceKeys.Partition(subscriber.Cohort, subscriber.Id[..1]), subscriber => subscriber.Id);
        await PartitionBatches.EachAsync<Subscriber, Subscriber>(
            batches,
            async batch =>
            {
                var (cohort, entries) = (batch[0].Cohort, batch.Select(subscriber => Entry(subscriber, subscriber.Placements[0])).ToList());
                if (!await audience.InsertAllAsync(cohort, entries, cancellationToken))
                {
                    foreach (var entry in entries)
                    {
                        await audience.ProjectAsync(cohort, entry, cancellationToken);
                    }
                }

                return [];
            },
            cancellationToken);
    }

    private static AudienceEntry Entry(Subscriber subscriber, Placement placement) => new(
        subscriber.Id, subscriber.Address, subscriber.Language, subscriber.Sections,
        subscriber.QuietUntil > placement.From ? subscriber.QuietUntil.Value : placement.From, placement.Until, placement.Removed,
        subscriber.Version)
    {
        StoryLanguages = subscriber.StoryLanguages,
    };

    // Copy the history before the cohort exists: a cohort without it would send stories again.
    private async Task EnsureCohortAsync(Subscriber subscriber, Placement placement, CancellationToken cancellationToken)
    {
        if (await cohorts.ExistsAsync(placement.Cohort, cancellationToken))
        {
            return;
        }

        var before = subscriber.Placements.LastOrDefault(other => other.Cohort != placement.Cohort && other.From <= placement.From);
        if (before is not null)
        {
            // Those of each language too, because readers of every language will follow.
            var own = languages.Choice(subscriber.Sections, subscriber.StoryLanguages, subscriber.Language);
            foreach (var choice in languages.Each.Prepend(StoryChoice.All).Append(own).DistinctBy(choice => choice.DigestKey("")))
            {
                await CopyHistoryAsync(
                    choice.DigestKey(before.Cohort.Key), choice.DigestKey(placement.Cohort.Key), cancellationToken);
            }
        }

        await cohorts.EnsureAsync(placement.Cohort, cancellationToken);
    }

    private async Task CopyHistoryAsync(string from, string to, CancellationToken cancellationToken)
    {
        var copied = 0;
        for (var range = RowRange.All; copied < MaxHistoryRows;)
        {
            var rows = await tables.QueryAsync(Tables.SentStories, from, range, TableRules.MaxBatch, cancellationToken);
            if (rows.Count > 0)
            {
                await tables.WriteAsync(Tables.SentStories, to, [.. rows.Select(TableWrite.Upsert)], cancellationToken);
                range = new RowRange(After: rows[^1].Key);
                copied += rows.Count;
            }

            if (rows.Count < TableRules.MaxBatch)
            {
                return;
            }
        }
    }
}
