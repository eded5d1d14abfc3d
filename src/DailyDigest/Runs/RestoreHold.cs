using System.Globalization;
using DailyDigest.Storage;

namespace DailyDigest.Runs;

/// <summary>A span of time of which the store knows nothing, because an older copy was put back or its log was lost.</summary>
/// <param name="Sequence">The number of the last write that is known to be missing; it identifies the loss.</param>
/// <param name="From">The last write that the store has; null if unknown.</param>
/// <param name="Until">The last write that is missing.</param>
/// <param name="Found">When the loss was found.</param>
public sealed record RestoreHold(long Sequence, DateTimeOffset? From, DateTimeOffset Until, DateTimeOffset Found)
{
    /// <summary>How long writes of before may be unknown to the journal: its first line is synced every 30 seconds.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    /// <summary>True if a run that was due at this instant may have been sent without the store's knowledge.</summary>
    public bool Covers(DateTimeOffset due) => due <= Until + Margin;

    /// <summary>Since when the store knows nothing, in words.</summary>
    public string Span => string.Create(
        CultureInfo.InvariantCulture, $"{From?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "an unknown time"} and "
            + $"{Until.UtcDateTime:yyyy-MM-dd HH:mm} UTC");
}

/// <summary>
/// The spans, as rows of table Facts. A run that was due before the end of one is held: it may have been sent, and only an operator can
/// know. The rows stay, because a run of that time may begin days later.
/// </summary>
public sealed class RestoreHolds(ITableStore tables)
{
    /// <summary>Days back in which a run may still wait for an operator's decision.</summary>
    public const int MaxDaysUndecided = 31;

    private const string Partition = "restored";

    /// <summary>Stores the span unless it is stored, and returns it as stored.</summary>
    public async Task<RestoreHold> AddAsync(RestoreHold hold, CancellationToken cancellationToken)
    {
        var row = new TableRow(Key(hold.Sequence)) { { "from", hold.From }, { "until", hold.Until }, { "found", hold.Found } };
        await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Insert(row), cancellationToken);
        return (await ListAsync(cancellationToken)).First(one => one.Sequence == hold.Sequence);
    }

    /// <summary>All spans, the oldest first.</summary>
    public async Task<IReadOnlyList<RestoreHold>> ListAsync(CancellationToken cancellationToken)
    {
        var holds = new List<RestoreHold>();
        await foreach (var row in tables.ScanAsync(Tables.Facts, Partition, RowRange.All, cancellationToken))
        {
            if (long.TryParse(row.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
                && row.Instant("until") is { } until && row.Instant("found") is { } found)
            {
                holds.Add(new RestoreHold(sequence, row.Instant("from"), until, found));
            }
        }

        return holds;
    }

    /// <summary>True if a run that was due at this instant may have been sent without the store's knowledge.</summary>
    public async Task<bool> CoverAsync(DateTimeOffset due, CancellationToken cancellationToken) =>
        (await ListAsync(cancellationToken)).Any(hold => hold.Covers(due));

    private static string Key(long sequence) => sequence.ToString("d20", CultureInfo.InvariantCulture);
}
