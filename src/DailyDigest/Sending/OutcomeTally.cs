using DailyDigest.Runs;
using DailyDigest.Settings;

namespace DailyDigest.Sending;

/// <summary>The outcomes of a part that are not committed yet, for the counts by domain and for telemetry.</summary>
internal sealed class OutcomeTally
{
    private readonly List<(string? Domain, DeliveryState State)> answered = [];

    /// <summary>Notes the outcome of an answer, and returns it.</summary>
    public DeliveryRow Note(Answer answer, DeliveryRow row)
    {
        // A message that was not begun, because the relay refuses us or limits our rate, says nothing about its domain.
        if (row.IsSettled || answer.Result is { Begun: true, Outcome: SendOutcome.Deferred or SendOutcome.Unknown })
        {
            answered.Add((DomainCounts.DomainOf(answer.Work.Entry?.Address), row.State));
        }

        return row;
    }

    /// <summary>The counts with the outcomes that were noted, and those of deliveries that ended without an attempt.</summary>
    public DomainCounts AddTo(DomainCounts counts, IReadOnlyList<Work> taken) => counts.With(
    [
        .. answered,
        .. taken.Where(one => one.Row is { IsSettled: true })
            .Select(one => (DomainCounts.DomainOf(one.Entry?.Address), one.Row!.State)),
    ]);

    /// <summary>The outcomes are committed.</summary>
    public void Committed(IEnumerable<DeliveryRow> settled)
    {
        answered.Clear();
        foreach (var row in settled)
        {
            Telemetry.Deliveries.Add(1, new KeyValuePair<string, object?>("state", row.State.ToString()));
        }
    }
}
