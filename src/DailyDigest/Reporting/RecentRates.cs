using DailyDigest.Runs;

namespace DailyDigest.Reporting;

/// <summary>
/// How fast runs are being sent. Each look at a run is remembered for a minute by this process; the first look has only the average since
/// the run began.
/// </summary>
internal sealed class RecentRates(TimeProvider time)
{
    private const int MaxRuns = 500;
    private static readonly TimeSpan Span = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly Dictionary<(DateOnly Date, string Cohort), Queue<(DateTimeOffset At, long Sent)>> looks = [];

    /// <summary>Messages a second; null if nothing was sent yet.</summary>
    public double? Of(Run run, long sent)
    {
        var now = time.GetUtcNow();
        lock (gate)
        {
            if (looks.Count >= MaxRuns && !looks.ContainsKey((run.Date, run.Cohort)))
            {
                looks.Clear();
            }

            looks.TryAdd((run.Date, run.Cohort), []);
            var own = looks[(run.Date, run.Cohort)];

            // The first look that is older than a minute stays, so that there is something to compare with.
            while (own.Count > 1 && now - own.Peek().At > Span)
            {
                own.Dequeue();
            }

            var (at, before) = own.Count > 0 ? own.Peek() : (run.Started, 0L);
            if (own.Count == 0 || now - own.Last().At >= Short)
            {
                own.Enqueue((now, sent));
            }

            // Sent again, or begun anew: the counts of the parts may have fallen.
            if (now - at < Short || sent < before)
            {
                (at, before) = (run.Started, 0);
            }

            var seconds = (now - at).TotalSeconds;
            return sent > before && seconds >= 1 ? (sent - before) / seconds : null;
        }
    }
}
