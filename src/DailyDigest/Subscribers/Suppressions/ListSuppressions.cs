using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>An entry of the suppression list with the reader whom it is about.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Person">The reader who has the address, subscribed or not; null if nobody is stored with it.</param>
public sealed record ListedSuppression(SuppressionEntry Entry, Subscriber? Person)
{
    /// <summary>The hash for other programs: the one that was brought, or that of a stored address; null if it is not known.</summary>
    public AddressDigest? Digest =>
        Entry.Digest ?? (EmailAddress.TryParse(Person?.Address, out var address) ? AddressDigest.Of(address) : null);
}

/// <summary>Lists the suppression list in the order of its keys, which is random.</summary>
public sealed class ListSuppressions(AddressStore addresses, SubscriberStore subscribers, AddressHash hash)
{
    private const int MaxConcurrency = 16;

    /// <summary>
    /// Returns the entries after the key (null: the first), at most <paramref name="take"/> (1 to 1,000); fewer at the end.
    /// </summary>
    public async Task<IReadOnlyList<ListedSuppression>> ExecuteAsync(string? after, int take, CancellationToken cancellationToken)
    {
        var entries = await addresses.Suppressions.ListAsync(after, take, cancellationToken);
        var listed = new ListedSuppression[entries.Count];
        await Parallel.ForAsync(
            0, entries.Count, new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = cancellationToken },
            async (index, stop) => listed[index] = new ListedSuppression(entries[index], await PersonAsync(entries[index], stop)));
        return listed;
    }

    private async Task<Subscriber?> PersonAsync(SuppressionEntry entry, CancellationToken cancellationToken) =>
        entry.Digest is null
            && (await addresses.GetAsync(entry.Key, cancellationToken)).SubscriberId is { } id
            && (await subscribers.GetAsync(id, cancellationToken))?.Subscriber is { Status: not SubscriberStatus.Erased } person
            && hash.Matches(person.Address, entry.Key) ? person : null;
}
