using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Reporting;

/// <summary>A reader who did not get the digest, or not yet.</summary>
/// <param name="Delivery">The delivery.</param>
/// <param name="Address">Null if it was not asked for, or if the reader has been erased since.</param>
public sealed record NotSentReader(DeliveryRow Delivery, string? Address);

/// <summary>Some readers, in the order of ids.</summary>
/// <param name="Readers">The readers.</param>
/// <param name="Next">The id after which the next page begins; null if there is none.</param>
public sealed record NotSentPage(IReadOnlyList<NotSentReader> Readers, string? Next);

/// <summary>
/// Lists who did not get a run, in pages. A page looks at a limited number of deliveries, so it may be empty and still have a next one.
/// </summary>
public sealed class ListNotSent(ITableStore tables, SubscriberStore subscribers)
{
    private const int MaxLooked = 3_000;
    private const int IdLength = 32;

    /// <summary>True if the text can be a reader's id, and so the beginning of a page.</summary>
    public static bool IsId(string? text) => text is { Length: IdLength } && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Returns a page.</summary>
    /// <param name="run">The run.</param>
    /// <param name="after">The <see cref="NotSentPage.Next"/> of the page before; null for the first.</param>
    /// <param name="take">How many readers.</param>
    /// <param name="withAddresses">True for someone who may see readers.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<NotSentPage> ExecuteAsync(
        Run run, string? after, int take, bool withAddresses, CancellationToken cancellationToken)
    {
        var (found, looked, last) = (new List<DeliveryRow>(), 0, (string?)null);
        await foreach (var row in LedgerReader.DeliveriesAsync(tables, run, cancellationToken, after))
        {
            if (found.Count == take || looked == MaxLooked)
            {
                return new NotSentPage(await NamedAsync(found, withAddresses, cancellationToken), last);
            }

            (looked, last) = (looked + 1, row.SubscriberId);
            if (row.State != DeliveryState.Sent)
            {
                found.Add(row);
            }
        }

        return new NotSentPage(await NamedAsync(found, withAddresses, cancellationToken), null);
    }

    private async Task<IReadOnlyList<NotSentReader>> NamedAsync(
        List<DeliveryRow> rows, bool withAddresses, CancellationToken cancellationToken)
    {
        var named = new List<NotSentReader>();
        foreach (var row in rows)
        {
            var address = withAddresses ? (await subscribers.GetAsync(row.SubscriberId, cancellationToken))?.Subscriber.Address : null;
            named.Add(new NotSentReader(row, string.IsNullOrEmpty(address) ? null : address));
        }

        return named;
    }
}
