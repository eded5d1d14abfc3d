using System.Security.Cryptography;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Storage;

namespace DailyDigest.Returns;

/// <summary>The record of a report: the kind, what it proved and what became of it. It has no address and nothing of the message.</summary>
/// <param name="Key">See <see cref="ReturnStore.KeyOf"/>.</param>
/// <param name="Source">Its origin, as in <see cref="ReturnEvent.Source"/>.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Result">Done, Unproven, Counted or Unknown.</param>
/// <param name="Settled">When it was settled.</param>
public sealed record ReturnRow(string Key, string Source, ReturnKind Kind, ReturnResult Result, DateTimeOffset Settled)
{
    /// <summary>The reason of a bounce; null for other kinds.</summary>
    public string? Reason { get; init; }

    /// <summary>The mail that it was proven to be about; null for none.</summary>
    public ProvenReturn? Proven { get; init; }

    /// <summary>Bytes of the raw report.</summary>
    public long Size { get; init; }

    internal TableRow ToRow() => new(Key)
    {
        { "source", Source },
        { "kind", Kind.ToString() },
        { "result", Result.ToString() },
        { "reason", Reason },
        { "proof", Proven?.Proof.ToString() },
        { "date", Proven?.Date?.Text() },
        { "subscriber", Proven?.SubscriberId },
        { "notice", Proven?.Notice is { } notice ? notice.Kind : null },
        { "size", Size },
        { "settled", Settled },
    };
}

/// <summary>
/// The record of what came back. Table Returns: partition = UTC day, a row for each report, and rows of counts, which are changed in the
/// batch that inserts the report. There are several, so that many reports at once rarely meet at one.
/// </summary>
public sealed class ReturnStore(ITableStore tables)
{
    /// <summary>The name of the count of repetitions, which are not among the other counts.</summary>
    public const string Repeated = "repeated";

    /// <summary>The prefix of counts of reports that prove nothing.</summary>
    public const string Unproven = "unproven-";

    /// <summary>Days for which counts are kept, at least. The reports are kept as long as deliveries.</summary>
    public const int CountDays = 400;

    private const string Count = "$count-";

    /// <summary>The row of a report: a hash of source and id.</summary>
    public static string KeyOf(string source, string id) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{source}\n{id}")).AsSpan(0, 16));

    /// <summary>The name under which a report is counted: its kind in lower case, or <see cref="Unproven"/> and its kind.</summary>
    public static string NameOf(ReturnKind kind, ReturnResult result) =>
        (result == ReturnResult.Unproven ? Unproven : "") + kind.ToString().ToLowerInvariant();

    /// <summary>The counts of the UTC day by <see cref="NameOf"/>. One request.</summary>
    public async Task<FigureCounts> CountsAsync(DateOnly day, CancellationToken cancellationToken)
    {
        var sum = new FigureCounts();
        foreach (var row in await tables.QueryAsync(
            Tables.Returns, day.Text(), RowRange.Prefix(Count), TableRules.MaxBatch, cancellationToken))
        {
            sum.Add(FigureCounts.Parse(row.Text("counts")));
        }

        return sum;
    }

    /// <summary>The result with which the report was settled on the day; null if it was not.</summary>
    internal async Task<ReturnResult?> FindAsync(DateOnly day, string key, CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Returns, day.Text(), key, cancellationToken) is { } row
            ? Enum.TryParse<ReturnResult>(row.Text("result"), out var result) ? result : ReturnResult.Done
            : null;

    /// <summary>Records and counts the report. Returns false if it is recorded already.</summary>
    internal async Task<bool> AddAsync(DateOnly day, ReturnRow report, CancellationToken cancellationToken)
    {
        while (true)
        {
            var count = await CountedAsync(day, report.Key, NameOf(report.Kind, report.Result), cancellationToken);
            var result = await tables.WriteAsync(
                Tables.Returns, day.Text(), [TableWrite.Insert(report.ToRow()), count], cancellationToken);
            if (result.IsDone || result.FailedIndex == 0)
            {
                return result.IsDone;
            }
        }
    }

    /// <summary>Counts a report that was settled before.</summary>
    internal async Task CountRepeatAsync(DateOnly day, string key, CancellationToken cancellationToken)
    {
        while (!(await tables.WriteAsync(
            Tables.Returns, day.Text(), await CountedAsync(day, key, Repeated, cancellationToken), cancellationToken)).IsDone)
        {
        }
    }

    // Fails if another process counted in between.
    private async Task<TableWrite> CountedAsync(DateOnly day, string key, string name, CancellationToken cancellationToken)
    {
        var slice = Count + key[0];
        var stored = await tables.GetAsync(Tables.Returns, day.Text(), slice, cancellationToken);
        var counts = FigureCounts.Parse(stored?.Text("counts"));
        counts.Add(name, 1);
        var row = new TableRow(slice) { { "counts", counts.ToString() } };
        return stored is null ? TableWrite.Insert(row) : TableWrite.Update(row, stored.ETag!);
    }
}
