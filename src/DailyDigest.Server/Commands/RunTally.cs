using DailyDigest.Reporting;
using DailyDigest.Runs;

namespace DailyDigest.Server.Commands;

/// <summary>How the readers of a run stand. Each is counted once: the numbers sum to its audience as far as it is known.</summary>
/// <param name="Sent">The relay took it.</param>
/// <param name="OnTheWire">Being sent at this moment, or left so by a worker that ended.</param>
/// <param name="Waiting">Not sent yet, and will be.</param>
/// <param name="WillNot">Those who do not get it by this run, by why.</param>
/// <param name="InDoubt">The message may have left: unknown or held.</param>
internal sealed record RunTally(long Sent, long OnTheWire, long Waiting, IReadOnlyList<(string Why, long Count)> WillNot, long InDoubt)
{
    public static RunTally Of(RunReport report)
    {
        var stopped = report.Run.Cancelled || report.Run.State == RunState.Closed;
        var waiting = Count(DeliveryState.Deferred) + report.NotTakenUp;
        (string Why, long Count)[] willNot =
        [
            ("withheld", Count(DeliveryState.Withheld) + (report.Run.Cancelled ? waiting : 0)),
            ("rejected", Count(DeliveryState.Rejected)),
            ("expired", Count(DeliveryState.Expired)),
            ("nothing in their sections", Count(DeliveryState.Empty)),
            ("never taken up", stopped && !report.Run.Cancelled ? waiting : 0),
        ];
        return new RunTally(
            Count(DeliveryState.Sent), Count(DeliveryState.Attempting), stopped ? 0 : waiting, [.. willNot.Where(one => one.Count > 0)],
            Count(DeliveryState.Unknown) + Count(DeliveryState.Held));

        long Count(DeliveryState state) => report.Counts.GetValueOrDefault(state);
    }

    /// <summary>"of 400 readers 16 were sent to, 384 will not get it (380 withheld, 4 rejected), 0 are in doubt".</summary>
    public string Words
    {
        get
        {
            var missed = WillNot.Sum(one => one.Count);
            var readers = Sent + OnTheWire + Waiting + missed + InDoubt;
            var why = missed == 0 ? "" : $" ({string.Join(", ", WillNot.Select(one => $"{Said.Count(one.Count)} {one.Why}"))})";
            return $"of {Said.Count(readers)} {(readers == 1 ? "reader" : "readers")} {Said.Count(Sent)} {Were(Sent)} sent to, "
                + (OnTheWire > 0 ? $"{Said.Count(OnTheWire)} {Are(OnTheWire)} on the wire, " : "")
                + (Waiting > 0 ? $"{Said.Count(Waiting)} {Are(Waiting)} still to be sent to, " : "")
                + $"{Said.Count(missed)} will not get it{why}, {Said.Count(InDoubt)} {Are(InDoubt)} in doubt";
        }
    }

    private static string Were(long count) => count == 1 ? "was" : "were";

    private static string Are(long count) => count == 1 ? "is" : "are";
}
