using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// Activates subscribers in batches so that the audience follows, also after a crash: the steps of <see cref="ChangeSubscriber"/> with one
/// write for up to 100. An import of many rows would otherwise write each page of a database many times.
/// </summary>
public sealed class ActivateSubscribers(
    ChangeStore changes, SubscriberStore subscribers, ProjectSubscriber project, StartNextDate startNext, RunStore runs, TimeProvider time)
{
    /// <summary>
    /// Activates pending subscribers who never had a placement. Returns those who are active now: a batch of which one was changed since
    /// it was inserted is left as it is. With tens of thousands, call it for some at a time, because <see cref="FinishChanges"/> takes
    /// over after two minutes.
    /// </summary>
    internal async Task<IReadOnlyList<Subscriber>> ExecuteAsync(
        IReadOnlyList<StoredSubscriber> pending, CancellationToken cancellationToken)
    {
        var begun = new Dictionary<Cohort, bool>();
        foreach (var cohort in pending.Select(one => one.Subscriber.Cohort).Distinct())
        {
            begun[cohort] = await ChangeSubscriber.HasBegunAsync(runs, cohort, time.GetUtcNow(), cancellationToken);
        }

        var batches = PartitionBatches.Of(
            pending.Select(one => (Before: one, After: Active(one.Subscriber, begun[one.Subscriber.Cohort]))),
            one => SubscriberStore.Partition(one.After.Id), one => one.After.Id, ReaderCounts.MaxBatch).ToList();
        var started = await PartitionBatches.EachAsync<(StoredSubscriber Before, Subscriber After), PendingChange>(
            batches, async batch => [await changes.BeginAsync([.. batch.Select(one => one.After.Id)], cancellationToken)],
            cancellationToken);
        var active = await PartitionBatches.EachAsync<(StoredSubscriber Before, Subscriber After), Subscriber>(
            batches, async batch => await subscribers.UpdateAllAsync(batch, cancellationToken) ? batch.Select(one => one.After) : [],
            cancellationToken);
        await project.ExecuteAllAsync(active, cancellationToken);
        await startNext.ExecuteAsync(active.Where(person => !begun[person.Cohort]), null, cancellationToken);
        await PartitionBatches.EachAsync<PendingChange, PendingChange>(
            started.Select(one => new[] { one }),
            async batch =>
            {
                await changes.EndAsync(batch[0], cancellationToken);
                return batch;
            },
            cancellationToken);
        return active;
    }

    private Subscriber Active(Subscriber person, bool begun) => person with
    {
        Status = SubscriberStatus.Active,
        Placements = Placements.Move([], person.Cohort, time.GetUtcNow(), begun),
        Version = person.Version + 1,
    };
}
