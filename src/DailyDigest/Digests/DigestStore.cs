using System.Text.Json;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Digests;

/// <summary>
/// Frozen digests. Table Digests: partition = local date, row = cohort, or cohort and choice (<see cref="Digest.Key"/>). Written once,
/// never changed.
/// </summary>
public sealed class DigestStore(ITableStore tables)
{
    /// <summary>Returns the digest, or null if none was frozen or the row cannot be read.</summary>
    public async Task<Digest?> GetAsync(DateOnly date, string key, CancellationToken cancellationToken) =>
        Read(await tables.GetAsync(Tables.Digests, date.Text(), key, cancellationToken));

    /// <summary>True if a digest was frozen, also one without items.</summary>
    internal async Task<bool> ExistsAsync(DateOnly date, string key, CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Digests, date.Text(), key, cancellationToken) is not null;

    /// <summary>
    /// The digests of the cohort's readers of chosen sections or languages, at most <paramref name="take"/>, in the order of their keys.
    /// </summary>
    public Task<IReadOnlyList<Digest>> ListChosenAsync(DateOnly date, string cohort, int take, CancellationToken cancellationToken) =>
        ListAsync(date, RowRange.Prefix(cohort + "~"), take, cancellationToken);

    /// <summary>The digests of all cohorts and choices, at most <paramref name="take"/>, in the order of their keys.</summary>
    public Task<IReadOnlyList<Digest>> ListAsync(DateOnly date, int take, CancellationToken cancellationToken) =>
        ListAsync(date, RowRange.All, take, cancellationToken);

    private async Task<IReadOnlyList<Digest>> ListAsync(DateOnly date, RowRange range, int take, CancellationToken cancellationToken) =>
        [.. (await tables.QueryAsync(Tables.Digests, date.Text(), range, take, cancellationToken)).Select(Read).OfType<Digest>()];

    /// <summary>Stores the digest if there is none. Returns the stored one: this or an earlier one.</summary>
    public async Task<Digest> FreezeAsync(Digest digest, CancellationToken cancellationToken)
    {
        var row = new TableRow(digest.Key) { { "items", digest.Items.Count }, { "skipped", digest.Skipped } };
        row.AddLarge("json", JsonSerializer.SerializeToUtf8Bytes(digest, JsonSerializerOptions.Web));
        var written = await tables.WriteAsync(Tables.Digests, digest.Date.Text(), TableWrite.Insert(row), cancellationToken);
        return written.IsDone
            ? digest
            : await GetAsync(digest.Date, digest.Key, cancellationToken)
              ?? throw new StorageException($"The digest of {digest.Key} on {digest.Date.Text()} is stored but cannot be read.");
    }

    /// <summary>
    /// The dates from <paramref name="from"/> to <paramref name="to"/> (inclusive) on which the cohort had a digest with items, newest
    /// first.
    /// </summary>
    public async Task<IReadOnlyList<DateOnly>> ListDatesAsync(
        string cohort, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        var dates = new List<DateOnly>();
        for (var date = to; date >= from; date = date.AddDays(-1))
        {
            if (await tables.GetAsync(Tables.Digests, date.Text(), cohort, cancellationToken) is { } row && row.Count("items") > 0)
            {
                dates.Add(date);
            }
        }

        return dates;
    }

    private static Digest? Read(TableRow? row)
    {
        try
        {
            return row?.Large("json") is { } json ? JsonSerializer.Deserialize<Digest>(json, JsonSerializerOptions.Web) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException)
        {
            return null;
        }
    }
}
