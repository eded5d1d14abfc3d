using DailyDigest.Mailing;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>The result for one row of an import.</summary>
internal enum AddOutcome
{
    /// <summary>The person is a subscriber now.</summary>
    Added,

    /// <summary>The person was a subscriber before.</summary>
    Known,

    /// <summary>An earlier row of the file has the address, and the person is a subscriber.</summary>
    Repeated,

    /// <summary>The person left, complained, bounced, was blocked or erased, or has an unconfirmed sign-up: nothing was changed.</summary>
    LeftOut,
}

/// <summary>
/// Adds people of a list. New ones are added in batches of one partition, everybody else one by one. Repeatable: after an interruption the
/// same call adds who is missing.
/// </summary>
public sealed class AddImported(
    SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ChangeSubscriber change, ActivateSubscribers activate)
{
    private const int MaxConcurrency = 16;

    // People who are activated at a time: enough that the writes go through a database in the order of its pages.
    private const int MaxActivations = 12_500;

    /// <summary>Adds the people. Each id of a person is blank. Returns the outcomes in order.</summary>
    /// <param name="rows">Address and person of each row; an address may occur twice.</param>
    /// <param name="seen">The addresses of the file's earlier rows, as hashes; those of these rows are added.</param>
    /// <param name="progress">Called with the number of people added by then, never concurrently.</param>
    /// <param name="cancellationToken">Cancels the call; repeat it to complete it.</param>
    internal async Task<AddOutcome[]> ExecuteAsync(
        IReadOnlyList<CsvRow.Person> rows, HashSet<ulong> seen, Action<int> progress, CancellationToken cancellationToken)
    {
        var (known, outcomes) = (await ReadAsync(rows, adopts: true, cancellationToken), new AddOutcome[rows.Count]);
        var repeated = Repeated(known, seen);
        var fresh = new List<Begun>();
        for (var index = 0; index < rows.Count; index++)
        {
            if (!repeated[index] && known[index].ETag is null)
            {
                var person = rows[index].Subscriber with { Id = SubscriberStore.NewId(), Status = SubscriberStatus.Pending };
                fresh.Add(new Begun(index, known[index] with { SubscriberId = person.Id }, new StoredSubscriber(person, "")));
            }
        }

        var added = await AddFreshAsync(fresh, progress, cancellationToken);

        // The first row of an address counts, so repeated ones come last.
        foreach (var others in Enumerable.Range(0, rows.Count).Except(added).ToLookup(index => repeated[index]).OrderBy(one => one.Key))
        {
            await Parallel.ForEachAsync(others, Limited(cancellationToken), async (index, cancellation) =>
                outcomes[index] = await AddOneAsync(rows[index].Address, rows[index].Subscriber, cancellation));
        }

        return Named(outcomes, repeated);
    }

    /// <summary>The outcomes that <see cref="ExecuteAsync"/> would have. Writes nothing.</summary>
    internal async Task<AddOutcome[]> ForeseeAsync(
        IReadOnlyList<CsvRow.Person> rows, HashSet<ulong> seen, CancellationToken cancellationToken)
    {
        var (known, outcomes) = (await ReadAsync(rows, adopts: false, cancellationToken), new AddOutcome[rows.Count]);
        var repeated = Repeated(known, seen);
        await Parallel.ForAsync(0, rows.Count, Limited(cancellationToken), async (index, cancellation) =>
        {
            var stored = await PersonAsync(known[index], cancellation);
            outcomes[index] = Judge(known[index], stored, rows[index].Subscriber) ?? AddOutcome.Added;
        });
        for (var index = 0; index < rows.Count; index++)
        {
            if (repeated[index] && outcomes[index] == AddOutcome.Added)
            {
                outcomes[index] = AddOutcome.Known;
            }
        }

        return Named(outcomes, repeated);
    }

    // 64 of the 256 bits tell the addresses of a file apart.
    private static bool[] Repeated(AddressRow[] known, HashSet<ulong> seen) =>
        [.. known.Select(row => !seen.Add(Convert.ToUInt64(row.Hash[..16], 16)))];

    private static AddOutcome[] Named(AddOutcome[] outcomes, bool[] repeated) =>
        [.. outcomes.Select((outcome, index) => repeated[index] && outcome == AddOutcome.Known ? AddOutcome.Repeated : outcome)];

    /// <param name="rows">The rows.</param>
    /// <param name="adopts">True to store the reason of an address of which a suppression list brought only a hash.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    private async Task<AddressRow[]> ReadAsync(IReadOnlyList<CsvRow.Person> rows, bool adopts, CancellationToken cancellationToken)
    {
        var known = new AddressRow[rows.Count];
        var hasDigests = await addresses.Suppressions.HasDigestsAsync(cancellationToken);
        await Parallel.ForAsync(0, rows.Count, Limited(cancellationToken), async (index, cancellation) =>
        {
            var address = rows[index].Address;
            var row = await addresses.GetAsync(hash.Of(address), cancellation);
            known[index] = !hasDigests || await addresses.Suppressions.FindAsync(hash, address, cancellation) is not { } entry ? row
                : adopts ? await addresses.AdoptAsync(entry, hash, address, cancellation)
                : row with { Reason = row.Reason >= entry.Reason ? row.Reason : entry.Reason };
        });
        return known;
    }

    // The steps of AddOneAsync, each for all people and with one write for up to 100 of them. The order of keys makes the writes of a step
    // go through the database once, from its beginning to its end. Returns the indices of the rows that were added.
    private async Task<HashSet<int>> AddFreshAsync(List<Begun> fresh, Action<int> progress, CancellationToken cancellationToken)
    {
        var claimed = await WriteAddressesAsync(fresh, cancellationToken);
        var pending = await PartitionBatches.EachAsync<Begun, Begun>(
            PartitionBatches.Of(claimed, one => SubscriberStore.Partition(one.Id), one => one.Id, ReaderCounts.MaxBatch),
            async batch => await subscribers.InsertAllAsync([.. batch.Select(one => one.Person.Subscriber)], cancellationToken)
                is { } stored ? batch.Zip(stored, (one, person) => one with { Person = person }) : [],
            cancellationToken);
        var fenced = await WriteAddressesAsync(pending, cancellationToken);
        await ForgetAsync(pending.ExceptBy(fenced.Select(one => one.Id), one => one.Id), cancellationToken);
        var added = new HashSet<int>();
        foreach (var some in fenced.OrderBy(one => one.Id, StringComparer.Ordinal).Chunk(MaxActivations))
        {
            var active = await activate.ExecuteAsync([.. some.Select(one => one.Person)], cancellationToken);
            added.UnionWith(some.IntersectBy(active.Select(person => person.Id), one => one.Id).Select(one => one.Index));
            progress(added.Count);
        }

        return added;
    }

    private Task<List<Begun>> WriteAddressesAsync(List<Begun> people, CancellationToken cancellationToken) =>
        PartitionBatches.EachAsync<Begun, Begun>(
            PartitionBatches.Of(people, one => AddressStore.Partition(one.Address.Hash), one => one.Address.Hash),
            async batch => await addresses.WriteAllAsync([.. batch.Select(one => one.Address)], cancellationToken) is { } written
                ? batch.Zip(written, (one, address) => one with { Address = address }) : [],
            cancellationToken);

    // A sign-up claimed one of the addresses meanwhile.
    private async Task ForgetAsync(IEnumerable<Begun> refused, CancellationToken cancellationToken)
    {
        foreach (var one in refused)
        {
            if ((await addresses.GetAsync(one.Address.Hash, cancellationToken)).SubscriberId != one.Id)
            {
                await subscribers.DeleteAsync(one.Id, cancellationToken);
            }
        }
    }

    // The subscriber row is inserted as pending, then the address row is written once more before the activation: a concurrent writer that
    // read the address row before then fails. Without this, two rows of the file, or a row and a sign-up, with one address would both get a
    // digest.
    private async Task<AddOutcome> AddOneAsync(EmailAddress address, Subscriber person, CancellationToken cancellationToken)
    {
        var begun = person with { Id = SubscriberStore.NewId(), Status = SubscriberStatus.Pending };
        var inserted = false;
        while (true)
        {
            var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
            var stored = await PersonAsync(known, cancellationToken);
            if (known.Reason is null && stored is null)
            {
                if (await addresses.WriteAsync(known with { SubscriberId = begun.Id }, cancellationToken))
                {
                    inserted |= await subscribers.InsertAsync(begun, cancellationToken);
                }

                continue;
            }

            if (inserted && stored?.Id != begun.Id)
            {
                await subscribers.DeleteAsync(begun.Id, cancellationToken);
                inserted = false;
            }

            if (Judge(known, stored, person) is { } outcome)
            {
                return outcome;
            }

            if (await addresses.WriteAsync(known, cancellationToken))
            {
                return await ActivateAsync(stored!.Id, person, cancellationToken);
            }
        }
    }

    private async Task<Subscriber?> PersonAsync(AddressRow known, CancellationToken cancellationToken) =>
        known.SubscriberId is { } id
            && (await subscribers.GetAsync(id, cancellationToken))?.Subscriber is { Status: not SubscriberStatus.Erased } person
            ? person : null;

    // Null: the person is to be added.
    private static AddOutcome? Judge(AddressRow known, Subscriber? stored, Subscriber person) =>
        known.Reason is not null ? AddOutcome.LeftOut
        : stored is null || IsBegun(stored, person) ? null
        : stored.Status == SubscriberStatus.Active ? AddOutcome.Known : AddOutcome.LeftOut;

    // True after an interrupted import of this address, or for another row with the same address.
    private static bool IsBegun(Subscriber stored, Subscriber person) =>
        stored is { Status: SubscriberStatus.Pending, SignUp: null } && stored.Consent.Source == person.Consent.Source;

    private async Task<AddOutcome> ActivateAsync(string id, Subscriber person, CancellationToken cancellationToken)
    {
        var mine = false;
        await change.ExecuteAsync(
            id,
            before =>
            {
                mine = before is { Status: SubscriberStatus.Pending };
                return mine ? person with { Id = id } : null;
            },
            cancellationToken);
        return mine ? AddOutcome.Added : AddOutcome.Known;
    }

    private static ParallelOptions Limited(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = cancellationToken };

    /// <summary>A person who is being added.</summary>
    private sealed record Begun(int Index, AddressRow Address, StoredSubscriber Person)
    {
        public string Id => Person.Subscriber.Id;
    }
}
