using System.Globalization;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>Some subscribers.</summary>
/// <param name="Readers">The subscribers.</param>
/// <param name="Next">The position at which the next page begins; null if there is none.</param>
public sealed record SubscriberPage(IReadOnlyList<Subscriber> Readers, string? Next);

/// <summary>
/// One page of subscribers in the order of their ids, which are random. Unlike <see cref="ListSubscribers"/> it reads a bounded number of
/// rows: a page of a rare status may have few subscribers, or none, and yet a next page.
/// </summary>
public sealed class PageSubscribers(ITableStore tables)
{
    private const int Partitions = 256;

    // About 20 milliseconds of a database file.
    private const int MaxLooked = 2_000;

    // Partitions of a small publication have few rows, and each costs a round trip.
    private const int MaxConcurrency = 16;

    /// <summary>The subscribers after the position.</summary>
    /// <param name="status">Only those; null for all.</param>
    /// <param name="after">The <see cref="SubscriberPage.Next"/> of the page before; null, or a text that is none, for the first.</param>
    /// <param name="take">How many.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<SubscriberPage> ExecuteAsync(
        SubscriberStatus? status, string? after, int take, CancellationToken cancellationToken)
    {
        var (found, looked, width) = (new List<Subscriber>(), 0, 1);
        var (next, row) = Position(after);
        while (next < Partitions)
        {
            var many = Math.Min(width, Partitions - next);
            var size = Math.Min(TableRules.MaxPage, status is null ? take - found.Count + 1 : MaxLooked - looked);
            var pages = await Task.WhenAll(Enumerable.Range(next, many).Select(
                number => ReadAsync(number, number == next ? row : null, size, cancellationToken)));
            foreach (var page in pages)
            {
                foreach (var person in page)
                {
                    if (status is null ? person.Status != SubscriberStatus.Erased : person.Status == status)
                    {
                        if (found.Count == take)
                        {
                            return new SubscriberPage(found, found[^1].Id);
                        }

                        found.Add(person);
                    }

                    row = person.Id;
                    if (++looked == MaxLooked)
                    {
                        return new SubscriberPage(found, row);
                    }
                }

                if (page.Count == size)
                {
                    break;
                }

                (next, row) = (next + 1, null);
            }

            width = Math.Min(MaxConcurrency, width * 2);
        }

        return new SubscriberPage(found, null);
    }

    private async Task<IReadOnlyList<Subscriber>> ReadAsync(int partition, string? after, int size, CancellationToken cancellationToken) =>
        [.. (await tables.QueryAsync(
            Tables.Subscribers, partition.ToString("x2", CultureInfo.InvariantCulture), ReaderCountRow.Subscribers with { After = after },
            size, cancellationToken))
            .Select(SubscriberRow.Read)];

    private static (int Partition, string? Row) Position(string? after) => SubscriberStore.IsId(after)
        ? (int.Parse(after[..2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), after) : (0, null);
}
