using System.Globalization;
using DailyDigest.Runs;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Clock;

/// <summary>A change of the wall clock that the machine's time since boot does not explain.</summary>
/// <param name="From">The right time, if the clock was right before.</param>
/// <param name="To">The time that the clock showed.</param>
public sealed record ClockJump(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>The jump in words.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"the clock went from {From.UtcDateTime:yyyy-MM-dd HH:mm} to {To.UtcDateTime:yyyy-MM-dd HH:mm} UTC at once: it was set, or the "
            + $"machine slept");
}

/// <summary>
/// Compares the wall clock with the time since boot at each tick, and records a difference of more than an hour. A wrong clock begins runs
/// too early and lets deliveries expire. Nothing is held: after a machine has slept, its runs are due, and its clock looks the same.
/// </summary>
public sealed partial class ClockJumps(ITableStore tables, TimeProvider time, ILogger<ClockJumps> logger)
{
    private const string Partition = "clock";
    private const string Key = "jump";

    private static readonly TimeSpan Limit = TimeSpan.FromHours(1);
    private static readonly TimeSpan Shown = TimeSpan.FromDays(2);

    private (DateTimeOffset Wall, TimeSpan Uptime)? last;

    /// <summary>Compares the clocks. The first call of a program has nothing to compare with.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = (Wall: time.GetUtcNow(), Uptime: time.GetUptime());
        if (last is { } before)
        {
            var expected = before.Wall + (now.Uptime - before.Uptime);
            if ((now.Wall - expected).Duration() > Limit)
            {
                await RecordAsync(new ClockJump(expected, now.Wall), cancellationToken);
            }
        }
        else if (await ReadAsync(cancellationToken) is { } known && now.Wall < known.To - Limit)
        {
            // It was set back while no program ran.
            await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Delete(Key), cancellationToken);
        }

        last = now;
    }

    /// <summary>The last jump, for two days or until the clock is set back; null for none.</summary>
    public async Task<ClockJump?> FindAsync(CancellationToken cancellationToken) =>
        await ReadAsync(cancellationToken) is { } jump && time.GetUtcNow() is var now && now >= jump.To - Limit && now - jump.To < Shown
            ? jump : null;

    private async Task RecordAsync(ClockJump jump, CancellationToken cancellationToken)
    {
        // Two jumps that cancel each other out: the clock is right again.
        if (await ReadAsync(cancellationToken) is { } known && (jump.To - jump.From + (known.To - known.From)).Duration() <= Limit)
        {
            await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Delete(Key), cancellationToken);
            Log.Agrees(logger, jump.To);
            return;
        }

        var row = new TableRow(Key) { { "from", jump.From }, { "to", jump.To } };
        await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Upsert(row), cancellationToken);
        Log.Jumped(logger, jump.From, jump.To);
    }

    private async Task<ClockJump?> ReadAsync(CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Facts, Partition, Key, cancellationToken) is { } row
            && row.Instant("from") is { } from && row.Instant("to") is { } to ? new ClockJump(from, to) : null;

    private static partial class Log
    {
        [LoggerMessage(241, LogLevel.Error,
            "The clock went from {From:yyyy-MM-dd HH:mm} to {To:yyyy-MM-dd HH:mm} at once: it was set, or the machine slept. Runs that are "
            + "due by it begin. If it is wrong, 'run pause' stops them until it is right")]
        public static partial void Jumped(ILogger logger, DateTimeOffset from, DateTimeOffset to);

        [LoggerMessage(242, LogLevel.Information, "The clock was set back to {To:yyyy-MM-dd HH:mm}, and agrees again")]
        public static partial void Agrees(ILogger logger, DateTimeOffset to);
    }
}
