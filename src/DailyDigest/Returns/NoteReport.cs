using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Returns;

/// <summary>
/// Notes a report about a proven delivery, and lets it take effect. The same report twice, in any order with others, or at once on two
/// machines has one effect: the effects on the subscriber come first and are repeatable; the ledger's row, changed by its version, records
/// last that they are complete. The counts of a run are derived from rows that are changed in the same batch.
/// </summary>
public sealed class NoteReport(ITableStore tables, RunStore runs, EndSubscription endSubscription, PutToRest putToRest, TimeProvider time)
{
    // Reports about deliveries of one slice change the same row of counts. One at a time, they meet only those of other processes.
    private readonly SemaphoreSlim[] turns = [.. Enumerable.Range(0, 16).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Notes the report about the delivery to the subscriber on the local date.</summary>
    internal async Task<AcceptOutcomeResult> ExecuteAsync(
        DateOnly date, string subscriberId, Report report, CancellationToken cancellationToken)
    {
        var partition = await runs.FrozenSlicesAsync(date, cancellationToken) is { } slices
            ? Part.LedgerPartition(date, Part.SliceOf(subscriberId, slices))
            : null;
        return report.Outcome == Reports.Complained
            ? await ComplainAsync(date, partition, subscriberId, report, cancellationToken)
            : await NoteAsync(date, partition, subscriberId, report, cancellationToken);
    }

    /// <summary>A complaint takes effect at once, in any state of the delivery, and also when the ledger no longer has it.</summary>
    private async Task<AcceptOutcomeResult> ComplainAsync(
        DateOnly date, string? partition, string subscriberId, Report report, CancellationToken cancellationToken)
    {
        var (now, row) = (time.GetUtcNow(), await ReadAsync(partition, subscriberId, cancellationToken));
        var sent = row?.At ?? new DateTimeOffset(date.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero);
        var happened = report.At is { } at && at > sent ? at : sent;
        var ended = await endSubscription.ExecuteAsync(
            subscriberId, Suppression.Complained, happened < now ? happened : now, cancellationToken);
        return row is not null
            ? await NoteAsync(date, partition, subscriberId, report, cancellationToken)
            : ended switch
            {
                EndOutcome.Ended => AcceptOutcomeResult.Recorded,
                EndOutcome.Untouched => AcceptOutcomeResult.AlreadyRecorded,
                _ => AcceptOutcomeResult.UnknownDelivery,
            };
    }

    private async Task<AcceptOutcomeResult> NoteAsync(
        DateOnly date, string? partition, string subscriberId, Report report, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await ReadAsync(partition, subscriberId, cancellationToken) is not { } row)
            {
                return AcceptOutcomeResult.UnknownDelivery;
            }

            if (row.State is DeliveryState.Attempting or DeliveryState.Deferred)
            {
                return AcceptOutcomeResult.NotSettled;
            }

            var noted = After(row, report, time.GetUtcNow());
            var refuses = noted.IsRefused && report.Outcome == Reports.Bounced;
            var isNew = refuses && !row.IsRefused;
            noted = isNew ? noted with { RefusedLate = true } : noted;
            var isSoft = report.Outcome == Reports.Bounced && SoftRefusals.ReasonOf(noted) is not null;
            var count = isNew ? LateRefusals.Final : isSoft && SoftRefusals.ReasonOf(row) is null ? LateRefusals.Soft : null;
            var closed = refuses && await EndIfClosedAsync(date, noted, isNew, cancellationToken);
            if (noted != row && !await WriteAsync(partition!, noted, row.ETag!, count, cancellationToken))
            {
                continue;
            }

            if (noted.RefusedLate)
            {
                // A run that was closed in between may have read the row before this change; and the process that noted this before may
                // have stopped here.
                _ = closed || await EndIfClosedAsync(date, noted, isNew, cancellationToken);
                await LateRefusals.NoteAsync(tables, runs, date, noted.Cohort, cancellationToken);
            }

            // The delivery first: the ledger tells whether the dates of refusals are complete. An open run does it after its close.
            if (isSoft && await runs.GetAsync(date, noted.Cohort, cancellationToken) is { State: RunState.Closed } run)
            {
                await putToRest.ExecuteAsync(run, noted, cancellationToken);
            }

            return noted == row ? AcceptOutcomeResult.AlreadyRecorded : AcceptOutcomeResult.Recorded;
        }
    }

    /// <summary>Returns false if the delivery was changed meanwhile, or another report was counted.</summary>
    private async Task<bool> WriteAsync(
        string partition, DeliveryRow noted, string etag, string? count, CancellationToken cancellationToken)
    {
        var write = TableWrite.Update(noted.ToRow(), etag);
        if (count is null)
        {
            return (await tables.WriteAsync(Tables.Ledger, partition, write, cancellationToken)).IsDone;
        }

        var turn = turns[(uint)partition.GetHashCode(StringComparison.Ordinal) % (uint)turns.Length];
        await turn.WaitAsync(cancellationToken);
        try
        {
            var counted = await LateRefusals.ChangeAsync(tables, partition, noted.Cohort, 1, cancellationToken, count);
            return (await tables.WriteAsync(Tables.Ledger, partition, [write, counted], cancellationToken)).IsDone;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<DeliveryRow?> ReadAsync(string? partition, string subscriberId, CancellationToken cancellationToken) =>
        partition is not null && await tables.GetAsync(Tables.Ledger, partition, subscriberId, cancellationToken) is { } row
            ? DeliveryRow.Read(row) : null;

    /// <summary>
    /// The delivery with the report; unchanged if the report says nothing new. A report about a message in doubt settles whether it left.
    /// The order of several reports does not matter: a bounce outweighs a delivery, and a reason about the recipient any other. A bounce of
    /// an older copy says nothing about the copy sent since: it is noted and changes nothing else.
    /// </summary>
    private static DeliveryRow After(DeliveryRow row, Report report, DateTimeOffset now)
    {
        var reports = row.Reports | report.Outcome;
        var left = row.State is DeliveryState.Sent or DeliveryState.Held or DeliveryState.Unknown;

        var bounces = report.Outcome == Reports.Bounced && report.Copy >= Math.Min(row.Copies - 1, byte.MaxValue)
            && (left || (row.Reports.HasFlag(Reports.Bounced) && row.State == DeliveryState.Rejected
                && RefusalPolicy.IsAboutRecipient(report.Reason) && !RefusalPolicy.IsAboutRecipient(row.Reason)));
        if (reports == row.Reports && !bounces)
        {
            return row;
        }

        row = row with { Reports = reports, Reported = now };
        return bounces
            ? row with
            {
                State = DeliveryState.Rejected,
                Reason = report.Reason,
                Reply = $"reported later: {report.Reply ?? report.Reason}",
                Until = null
            }
            : left && report.Outcome is Reports.Delivered or Reports.Complained && row.State != DeliveryState.Sent
                ? row with { State = DeliveryState.Sent, Reason = null, Reply = "reported later: it arrived", Until = null }
                : row;
    }

    /// <summary>Ends the subscription if the run is closed; an open run does it after its close. Returns whether it is closed.</summary>
    private async Task<bool> EndIfClosedAsync(DateOnly date, DeliveryRow row, bool isNew, CancellationToken cancellationToken)
    {
        if (await runs.GetAsync(date, row.Cohort, cancellationToken) is not { State: RunState.Closed } run)
        {
            return false;
        }

        if (!run.Distrusted && !(isNew && RefusalPolicy.AreTooMany(run.Refused + 1, run.Counts.Values.Sum())))
        {
            await endSubscription.ExecuteAsync(row.SubscriberId, Suppression.Bounced, row.At, cancellationToken);
        }

        return true;
    }
}
