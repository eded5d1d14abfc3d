using System.Runtime.CompilerServices;
using DailyDigest.Calendar;
using DailyDigest.Repair;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Reporting;

/// <summary>The state of a run, counted from the ledger.</summary>
/// <param name="Run">The run.</param>
/// <param name="Counts">Deliveries by state; their sum is the part of the audience that was begun.</param>
/// <param name="Parts">Parts of the run.</param>
/// <param name="PartsDone">Parts in which every delivery is settled.</param>
/// <param name="Trouble">Why the relay stops a part at present; null otherwise.</param>
/// <param name="Paused">True if an operator has paused the run or a part.</param>
public sealed record RunReport(
    Run Run, IReadOnlyDictionary<DeliveryState, long> Counts, int Parts, int PartsDone, string? Trouble, bool Paused)
{
    /// <summary>
    /// Readers without a delivery on the date: not begun yet, or missed if the run is closed. Together with <see cref="Counts"/> the
    /// audience.
    /// </summary>
    public long NotTakenUp { get; init; }

    /// <summary>
    /// Causes of deliveries that were not sent, by state and then the most frequent first; at most <see cref="ReasonCounts.MaxGroups"/>,
    /// the rest grouped by codes or as one.
    /// </summary>
    public IReadOnlyList<ReasonCount> Reasons { get; init; } = [];

    /// <summary>The parts that are not done, in order.</summary>
    public IReadOnlyList<PartReport> OpenParts { get; init; } = [];

    /// <summary>
    /// When the delivery is retried: not before its part continues. An instant in the past means as soon as a worker is free; null where
    /// nothing is retried without an operator's order.
    /// </summary>
    public DateTimeOffset? NextTry(DeliveryRow row)
    {
        var part = OpenParts.FirstOrDefault(one => one.Slice == Part.SliceOf(row.SubscriberId, Run.Slices));
        return Run is not { State: RunState.Open, Cancelled: false } || row.Until is not { } until
            || part is not { Paused: false, Cancelled: false } ? null
            : part.NextTry > until ? part.NextTry : until;
    }
}

/// <summary>A part that is not done.</summary>
/// <param name="Slice">"all", or the first hex digit of its subscribers' ids.</param>
/// <param name="Owner">The owner in words; null for none.</param>
/// <param name="OwnerIsGone">True if the owner's process has certainly ended.</param>
/// <param name="Since">When its control row was last written; a live owner does that at least every ten seconds.</param>
/// <param name="Paused">True if an operator paused it.</param>
/// <param name="Cancelled">True if an operator cancelled it.</param>
/// <param name="NextTry">When it continues; null for now.</param>
/// <param name="Trouble">Why the relay stops it at present; null otherwise.</param>
public sealed record PartReport(
    string Slice, string? Owner, bool OwnerIsGone, DateTimeOffset? Since, bool Paused, bool Cancelled, DateTimeOffset? NextTry,
        string? Trouble);

/// <summary>A run since an instant, counted from the ledger and the audience.</summary>
/// <param name="Left">Readers whose delivery had not ended by then.</param>
/// <param name="Sent">Deliveries that were sent before.</param>
/// <param name="Other">Deliveries that had ended otherwise before.</param>
public sealed record RunLeft(long Left, long Sent, long Other);

/// <summary>Answers "who did not get it, and why".</summary>
public sealed class ReportRun(ITableStore tables, RunStore runs, AudienceStore audience, TimeProvider time)
{
    /// <summary>A report per run of the local date, by cohort.</summary>
    public async Task<IReadOnlyList<RunReport>> ExecuteAsync(DateOnly date, CancellationToken cancellationToken)
    {
        var reports = new List<RunReport>();
        foreach (var run in await runs.ListAsync(date, cancellationToken))
        {
            reports.Add(await OfAsync(run, cancellationToken));
        }

        return reports;
    }

    /// <summary>
    /// Every delivery of the run that is not sent, in the order of subscriber ids, from the one after <paramref name="after"/> on.
    /// </summary>
    public async IAsyncEnumerable<DeliveryRow> NotSentAsync(
        Run run, [EnumeratorCancellation] CancellationToken cancellationToken, string? after = null)
    {
        await foreach (var row in LedgerReader.DeliveriesAsync(tables, run, cancellationToken, after))
        {
            if (row.State != DeliveryState.Sent)
            {
                yield return row;
            }
        }
    }

    /// <summary>The report of one run. Reads its ledger beside its audience, in pages.</summary>
    public async Task<RunReport> OfAsync(Run run, CancellationToken cancellationToken)
    {
        var counts = new SortedDictionary<DeliveryState, long>();
        var reasons = new ReasonCounts();
        var notTakenUp = 0L;
        foreach (var slice in Cohort.TryParse(run.Cohort, out var cohort) ? Part.SlicesOf(run.Slices) : [])
        {
            // In one pass, so that a reader who is taken up meanwhile is counted once.
            var part = new Part(run.Date, slice, run.Cohort);
            var readers = new PartReaders(part, cohort, run, SendAgainTo.Missing, null, tables, audience, time);
            await foreach (var (row, entry) in readers.ReadAsync(cancellationToken))
            {
                if (row is null)
                {
                    notTakenUp += entry!.CountsOn(run.Date) ? 1 : 0;
                    continue;
                }

                counts[row.State] = counts.GetValueOrDefault(row.State) + 1;
                reasons.Add(row);
            }
        }

        return await PartsOfAsync(run, cancellationToken) with { Counts = counts, NotTakenUp = notTakenUp, Reasons = reasons.List() };
    }

    /// <summary>
    /// The readers left in the run at an instant, also when it has been delivered meanwhile. Reads its ledger beside its audience, in
    /// pages.
    /// </summary>
    public async Task<RunLeft> LeftAsync(Run run, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var (left, sent, other) = (0L, 0L, 0L);
        foreach (var (part, control) in Cohort.TryParse(run.Cohort, out var cohort)
            ? await LedgerReader.PartsAsync(tables, run, cancellationToken) : [])
        {
            var readers = new PartReaders(part, cohort, run, SendAgainTo.Missing, null, tables, audience, time);
            await foreach (var (row, entry) in readers.ReadAsync(cancellationToken))
            {
                // A reader whom a finished part has not taken up is not one of its readers.
                var before = row is { IsSettled: true } && row.At < at;
                sent += before && row!.State == DeliveryState.Sent ? 1 : 0;
                other += before && row!.State != DeliveryState.Sent ? 1 : 0;
                left += !before && (row is not null || (!control.Exhausted && entry!.CountsOn(run.Date))) ? 1 : 0;
            }
        }

        return new RunLeft(left, sent, other);
    }

    /// <summary>The few rows of the run's parts: the report without what is counted, reader by reader.</summary>
    public async Task<RunReport> PartsOfAsync(Run run, CancellationToken cancellationToken)
    {
        var parts = await LedgerReader.PartsAsync(tables, run, cancellationToken);
        return new RunReport(
            run,
            new Dictionary<DeliveryState, long>(),
            parts.Count,
            parts.Count(part => part.Control.Done),
            parts.Select(part => part.Control.Trouble).FirstOrDefault(trouble => trouble is not null),
            run.Paused || parts.Any(part => part.Control.Paused))
        {
            OpenParts = [.. parts.Where(one => !one.Control.Done).Select(one => Describe(one.Part, one.Control))],
        };
    }

    private static PartReport Describe(Part part, PartControl control) => new(
        part.Slice,
        control.Owner is { } owner ? PartOwner.Describe(owner) : null,
        control.Owner is { } holder && PartOwner.IsGone(holder),
        control.Timestamp,
        control.Paused,
        control.Cancelled,
        control.NextRetry,
        control.Trouble);
}
