using System.Globalization;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Moving;

/// <summary>
/// Reports progress, and tells the destination that this process works on it: a second one must not. A process that is killed on this
/// machine counts as gone at once, another one after 90 seconds.
/// </summary>
/// <param name="destination">The destination.</param>
/// <param name="say">Receives a line for an operator.</param>
/// <param name="time">The clock.</param>
internal sealed class MoveWatch(StoreSide destination, Func<string, Task> say, TimeProvider time)
{
    private const string Row = "worker";
    private static readonly TimeSpan Report = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(20);

    private readonly string owner = PartOwner.New();
    private readonly Lock gate = new();
    private string what = "";
    private long rows;
    private long reported = time.GetTimestamp();
    private long renewed = time.GetTimestamp();

    /// <summary>Writes a line for an operator.</summary>
    public Task SayAsync(string text) => say(text);

    /// <summary>Takes the destination. Returns who has it otherwise; null if it is taken.</summary>
    public async Task<string?> TakeAsync(CancellationToken cancellationToken)
    {
        var known = await destination.Tables.GetAsync(Tables.Facts, StoreMarks.Partition, Row, cancellationToken);
        if (known?.Text("owner") is { } other && !PartOwner.IsGone(other)
            && await StoreClock.NowAsync(destination.Tables, Tables.Facts, StoreMarks.Partition, cancellationToken) - known.Timestamp
                < StorePresence.Expiry)
        {
            return PartOwner.Describe(other);
        }

        var mine = new TableRow(Row) { { "owner", owner } };
        var written = await destination.Tables.WriteAsync(
            Tables.Facts, StoreMarks.Partition, known is null ? TableWrite.Insert(mine) : TableWrite.Update(mine, known.ETag!),
            cancellationToken);
        return written.IsDone ? null : "another process";
    }

    /// <summary>Gives the destination back.</summary>
    public Task LeaveAsync() => destination.Tables.WriteAsync(
        Tables.Facts, StoreMarks.Partition, TableWrite.Delete(Row), CancellationToken.None);

    /// <summary>Names what follows.</summary>
    public void Begin(string text)
    {
        lock (gate)
        {
            (what, rows) = (text, 0);
        }
    }

    /// <summary>Counts rows that were read; writes a line every three seconds.</summary>
    public async Task BeatAsync(long read)
    {
        string? line = null;
        var renew = false;
        lock (gate)
        {
            rows += read;
            if (time.GetElapsedTime(reported) >= Report)
            {
                reported = time.GetTimestamp();
                line = string.Create(CultureInfo.InvariantCulture, $"{what}: rows read {rows:N0}");
            }

            if (time.GetElapsedTime(renewed) >= Renewal)
            {
                (renew, renewed) = (true, time.GetTimestamp());
            }
        }

        if (line is not null)
        {
            await say(line);
        }

        if (renew)
        {
            await destination.Tables.WriteAsync(
                Tables.Facts, StoreMarks.Partition, TableWrite.Upsert(new TableRow(Row) { { "owner", owner } }), CancellationToken.None);
        }
    }

    /// <summary>Reports a table that is the same on both sides.</summary>
    public Task DoneAsync(CopiedTable table) => table.Sum.Rows + table.Written == 0 ? Task.CompletedTask : say(string.Create(
        CultureInfo.InvariantCulture,
        $"{table.Table}: rows {table.Sum.Rows:N0}, partitions {table.Partitions:N0}, written {table.Written:N0}"));
}
