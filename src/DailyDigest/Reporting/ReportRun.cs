using System.Runtime.CompilerServices;
using DailyDigest.Calendar;
using DailyDigest.Repair;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Reporting;

/// <summary>Where a run stands, counted from the ledger.</summary>
/// <param name="Run">The run.</param>
/// <param name="Counts">Deliveries by state; they sum to the audience as far as it was taken up.</param>
/// <param name="Parts">Parts of the run.</param>
/// <param name="PartsDone">Parts in which everything is settled.</param>
/// <param name="Trouble">What the relay said if it refuses us at present; null otherwise.</param>
/// <param name="Paused">True if an operator has paused the run or a part.</param>
public sealed record RunReport(
    Run Run, IReadOnlyDictionary<DeliveryState, long> Counts, int Parts, int PartsDone, string? Trouble, bool Paused)
{
    /// <summary>
    /// Readers who have no delivery on the date: not taken up yet, or, if the run is closed, forgotten. Together with <see cref="Counts"/> the audience.
    /// </summary>
    public long NotTakenUp { get; init; }

    /// <summary>Why deliveries were not sent, by state and then the most frequent first: at most <see cref="ReasonCounts.MaxGroups"/>, the rest by their codes alone or as one.</summary>
    public IReadOnlyList<ReasonCount> Reasons { get; init; } = [];

    /// <summary>The parts that are not done, in order.</summary>
    public IReadOnlyList<PartReport> OpenParts { get; init; } = [];

    /// <summary>
    /// When the delivery is tried again: not before its part goes on. An instant that has passed means as soon as a worker has room; null where nothing is
    /// tried again without an operator's word.
    /// </summary>
    public DateTimeOffset? NextTry(DeliveryRow row)
    {
        var part = OpenParts.FirstOrDefault(one => one.Slice == Part.SliceOf(row.SubscriberId, Run.Slices));
        return Run is not { State: RunState.Open, Cancelled: false } || row.Until is not { } until || part is not { Paused: false, Cancelled: false } ? null
            : part.NextTry > until ? part.NextTry : until;
    }
}

/// <summary>A part that is not done.</summary>
/// <param name="Slice">"all", or the first hex digit of its subscribers' ids.</param>
/// <param name="Owner">Who holds it, in words; null for nobody.</param>
/// <param name="OwnerIsGone">True if it is certain that this process does not run any more.</param>
/// <param name="Since">When its control row was last written: a live owner does so every ten seconds at least.</param>
/// <param name="Paused">True if an operator paused it.</param>
/// <param name="Cancelled">True if an operator cancelled it.</param>
/// <param name="NextTry">When it goes on; null for at once.</param>
/// <param name="Trouble">What the relay said if it refuses us at present; null otherwise.</param>
public sealed record PartReport(
    string Slice, string? Owner, bool OwnerIsGone, DateTimeOffset? Since, bool Paused, bool Cancelled, DateTimeOffset? NextTry, string? Trouble);

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

    /// <summary>Every delivery of the run that is not sent, in the order of subscriber ids, from the one after <paramref name="after"/> on.</summary>
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

    /// <summary>What was left of the run at an instant, also when it has been delivered meanwhile. Reads its ledger beside its audience, in pages.</summary>
    public async Task<RunLeft> LeftAsync(Run run, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var (left, sent, other) = (0L, 0L, 0L);
        foreach (var (part, control) in Cohort.TryParse(run.Cohort, out var cohort) ? await LedgerReader.PartsAsync(tables, run, cancellationToken) : [])
        {
            var readers = new PartReaders(part, cohort, run, SendAgainTo.Missing, null, tables, audience, time);
            await foreach (var (row, entry) in readers.ReadAsync(cancellationToken))
            {
                // Whom a part that is at its end has not taken up is none of its readers.
                var before = row is { IsSettled: true } && row.At < at;
                sent += before && row!.State == DeliveryState.Sent ? 1 : 0;
                other += before && row!.State != DeliveryState.Sent ? 1 : 0;
                left += !before && (row is not null || (!control.Exhausted && entry!.CountsOn(run.Date))) ? 1 : 0;
            }
        }

        return new RunLeft(left, sent, other);
    }

    /// <summary>What the run's parts say, a few rows: the report without what is counted, reader by reader.</summary>
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
