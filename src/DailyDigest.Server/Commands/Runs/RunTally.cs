using DailyDigest.Reporting;
using DailyDigest.Runs;

namespace DailyDigest.Server.Commands;

/// <summary>The readers of a run by outcome. Each is counted once: the numbers add up to the known audience.</summary>
/// <param name="Sent">Accepted by the relay.</param>
/// <param name="Attempting">Being sent, or abandoned in that state by a worker that ended.</param>
/// <param name="Waiting">To be sent later.</param>
/// <param name="WillNot">Readers who do not get the digest from this run, by reason.</param>
/// <param name="InDoubt">The message may have left: unknown or held.</param>
internal sealed record RunTally(long Sent, long Attempting, long Waiting, IReadOnlyList<(string Why, long Count)> WillNot, long InDoubt)
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
            ("too little in their choice", Count(DeliveryState.Empty)),
            ("never taken up", stopped && !report.Run.Cancelled ? waiting : 0),
        ];
        return new RunTally(
            Count(DeliveryState.Sent), Count(DeliveryState.Attempting), stopped ? 0 : waiting, [.. willNot.Where(one => one.Count > 0)],
            Count(DeliveryState.Unknown) + Count(DeliveryState.Held));

        long Count(DeliveryState state) => report.Counts.GetValueOrDefault(state);
    }

    /// <summary>"400 readers: 16 sent, 384 will not get it (380 withheld, 4 rejected), 0 in doubt".</summary>
    public string Text
    {
        get
        {
            var missed = WillNot.Sum(one => one.Count);
            var readers = Sent + Attempting + Waiting + missed + InDoubt;
            var why = missed == 0 ? "" : $" ({string.Join(", ", WillNot.Select(one => $"{Format.Count(one.Count)} {one.Why}"))})";
            return $"{Format.Count(readers)} {(readers == 1 ? "reader" : "readers")}: {Format.Count(Sent)} sent, "
                + (Attempting > 0 ? $"{Format.Count(Attempting)} being sent, " : "")
                + (Waiting > 0 ? $"{Format.Count(Waiting)} waiting, " : "")
                + $"{Format.Count(missed)} will not get it{why}, {Format.Count(InDoubt)} in doubt";
        }
    }
}
