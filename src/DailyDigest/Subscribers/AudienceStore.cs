using System.Runtime.CompilerServices;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// The projection of subscribers that delivery reads. Table Audience, partition = cohort's key, <c>~</c> and the first hex digit of the id,
/// row = id.
/// A row is never replaced by a lower version. A removal is a tombstone, because a slow writer with an older version could restore a
/// deleted row.
/// </summary>
public sealed class AudienceStore(ITableStore tables)
{
    /// <summary>The slices of a cohort: the first hex digit of the subscriber's id.</summary>
    public const string Slices = "0123456789abcdef";

    /// <summary>
    /// Returns at most <paramref name="take"/> (1 to 1,000) rows of the slice, ordered by id, starting after the subscriber
    /// <paramref name="after"/>.
    /// They include tombstones and rows for other dates: check <see cref="AudienceEntry.CountsOn"/>. Fewer rows mean that there are no
    /// more.
    /// </summary>
    public async Task<IReadOnlyList<AudienceEntry>> QueryAsync(
        Cohort cohort, char slice, string? after, int take, CancellationToken cancellationToken)
    {
        var rows = await tables.QueryAsync(
            Tables.Audience, AudienceKeys.Partition(cohort, slice.ToString()), new RowRange(After: after), take, cancellationToken);
        return [.. rows.Select(Read)];
    }

    /// <summary>All rows of the cohort, ordered by id, read in pages. They include tombstones and rows for other dates.</summary>
    public IAsyncEnumerable<AudienceEntry> ScanAsync(Cohort cohort, CancellationToken cancellationToken) =>
        ScanAsync(cohort, [.. Slices.Select(slice => slice.ToString())], null, cancellationToken);

    /// <summary>The same for some slices, starting after the subscriber <paramref name="after"/>; null for the first.</summary>
    public async IAsyncEnumerable<AudienceEntry> ScanAsync(
        Cohort cohort, IReadOnlyList<string> slices, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var slice in slices.Where(slice => after is null || string.CompareOrdinal(slice, after[..1]) >= 0))
        {
            await foreach (var row in tables.ScanAsync(
                Tables.Audience, AudienceKeys.Partition(cohort, slice), new RowRange(After: after), cancellationToken))
            {
                yield return Read(row);
            }
        }
    }

    /// <summary>Returns the subscriber's row in the cohort, or null.</summary>
    public async Task<AudienceEntry?> GetAsync(Cohort cohort, string subscriberId, CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Audience, Partition(cohort, subscriberId), subscriberId, cancellationToken) is { } row
            ? Read(row)
            : null;

    /// <summary>Writes the row unless the stored version is the same or higher. Returns true if it was written.</summary>
    public async Task<bool> ProjectAsync(Cohort cohort, AudienceEntry entry, CancellationToken cancellationToken)
    {
        var partition = Partition(cohort, entry.SubscriberId);
        while (true)
        {
            var known = await tables.GetAsync(Tables.Audience, partition, entry.SubscriberId, cancellationToken);
            if (known is not null && Read(known).Version >= entry.Version)
            {
                return false;
            }

            var write = known is null ? TableWrite.Insert(Write(entry)) : TableWrite.Update(Write(entry), known.ETag!);
            if ((await tables.WriteAsync(Tables.Audience, partition, write, cancellationToken)).IsDone)
            {
                return true;
            }
        }
    }

    /// <summary>
    /// Inserts 1 to 100 rows of one slice, all or none. Returns false if one exists: then call <see cref="ProjectAsync"/> for each.
    /// </summary>
    internal async Task<bool> InsertAllAsync(Cohort cohort, IReadOnlyList<AudienceEntry> all, CancellationToken cancellationToken) =>
        (await tables.WriteAsync(
            Tables.Audience, Partition(cohort, all[0].SubscriberId), [.. all.Select(one => TableWrite.Insert(Write(one)))],
            cancellationToken)).IsDone;

    private static string Partition(Cohort cohort, string subscriberId) => AudienceKeys.Partition(cohort, subscriberId[..1]);

    private static TableRow Write(AudienceEntry entry) => new(entry.SubscriberId)
    {
        { "address", entry.Removed ? null : entry.Address },
        { "language", entry.Language },
        { "sections", SubscriberRow.Lines(entry.Sections) },
        { "storyLanguages", SubscriberRow.Lines(entry.StoryLanguages) },
        { "from", entry.From.Text() },
        { "until", entry.Until?.Text() },
        { "removed", entry.Removed },
        { "version", entry.Version },
    };

    // A row that cannot be read counts as a tombstone.
    private static AudienceEntry Read(TableRow row) => new(
        row.Key, row.Text("address") ?? "", row.Text("language") ?? "", SubscriberRow.Lines(row.Text("sections")),
        row.Date("from") ?? DateOnly.MaxValue, row.Date("until"),
        row.Flag("removed") || row.Text("address") is null || row.Date("from") is null, row.Whole("version") ?? 0)
    {
        StoryLanguages = SubscriberRow.Lines(row.Text("storyLanguages")),
    };
}
