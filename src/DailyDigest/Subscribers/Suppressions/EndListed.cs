using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Ends the subscriptions of readers of whose address the suppression list has a hash.</summary>
public sealed class EndListed(AddressStore addresses, SubscriberStore subscribers, AddressHash hash, SuppressAddress suppress)
{
    private const int MaxConcurrency = 16;

    /// <summary>
    /// Ends them, and moves the reason from the hash to the address. It reads every subscriber once: nothing else can tell what a hash
    /// means. A reader who confirmed after the date of the entry stays. Repeatable. Returns how many ended.
    /// </summary>
    internal async Task<int> ExecuteAsync(DigestFilter digests, CancellationToken cancellationToken)
    {
        var ended = 0;
        await Parallel.ForAsync(
            0, ReaderPartitions.Count,
            new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = cancellationToken },
            async (number, stop) =>
            {
                await foreach (var person in subscribers.ScanPartitionAsync(number, stop))
                {
                    if (person.Status == SubscriberStatus.Active && EmailAddress.TryParse(person.Address, out var address)
                        && digests.MayHaveAny(AddressDigest.AllOf(address))
                        && await addresses.Suppressions.FindAsync(hash, address, stop) is { } entry && !(person.Confirmed > entry.Since))
                    {
                        await suppress.ExecuteAsync(address, entry.Reason, stop, entry.Since, entry.Source);
                        await addresses.Suppressions.AdoptAsync(entry, stop);
                        Interlocked.Increment(ref ended);
                    }
                }
            });
        return ended;
    }
}
