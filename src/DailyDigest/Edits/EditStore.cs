using System.Text.Json;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Edits;

/// <summary>
/// The decisions of editors. Table Edits: partition = local date, row = all. One row, so that an order of stories and the consent to it
/// change together.
/// </summary>
public sealed class EditStore(ITableStore tables)
{
    private const string RowKey = "all";

    /// <summary>The edits of the date; without any, or if the row cannot be read, those of <see cref="DayEdits.None"/>.</summary>
    public async Task<DayEdits> GetAsync(DateOnly date, CancellationToken cancellationToken)
    {
        if (await tables.GetAsync(Tables.Edits, date.Text(), RowKey, cancellationToken) is not { } row)
        {
            return DayEdits.None(date);
        }

        try
        {
            var stored = row.Large("json") is { } json ? JsonSerializer.Deserialize<DayEdits>(json, JsonSerializerOptions.Web) : null;
            return stored is not null && stored.Date == date && !stored.Faults().Any()
                ? stored with { ETag = row.ETag }
                : DayEdits.None(date) with { ETag = row.ETag };
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException)
        {
            return DayEdits.None(date) with { ETag = row.ETag };
        }
    }

    /// <summary>Stores the edits if nobody has changed them since they were read, and returns them; otherwise null.</summary>
    internal async Task<DayEdits?> ChangeAsync(DayEdits edits, CancellationToken cancellationToken)
    {
        var row = new TableRow(RowKey) { { "approved", edits.Approval?.At } };
        row.AddLarge("json", JsonSerializer.SerializeToUtf8Bytes(edits, JsonSerializerOptions.Web));
        var write = edits.ETag is null ? TableWrite.Insert(row) : TableWrite.Update(row, edits.ETag);
        var written = await tables.WriteAsync(Tables.Edits, edits.Date.Text(), write, cancellationToken);
        return written.IsDone ? edits with { ETag = written.ETags[0] } : null;
    }
}
