namespace DailyDigest.Content;

/// <summary>The outcome of <see cref="AcceptSignals"/>.</summary>
public abstract record AcceptSignalsOutcome
{
    private AcceptSignalsOutcome() { }

    /// <summary>The signals are stored.</summary>
    public sealed record Updated : AcceptSignalsOutcome;

    /// <summary>There is no such story.</summary>
    public sealed record NotFound : AcceptSignalsOutcome;

    /// <summary>Nothing was stored. One line per fault, which begins with the field's name.</summary>
    public sealed record Refused(IReadOnlyList<string> Faults) : AcceptSignalsOutcome;
}

/// <summary>Stores signals of a story. They are totals, so that a repeated push changes nothing.</summary>
public sealed class AcceptSignals(StoryStore stories)
{
    /// <summary>Replaces the totals that are given; the others stay.</summary>
    public async Task<AcceptSignalsOutcome> ExecuteAsync(string id, SignalsInput input, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        var signals = input.Parse("", faults);
        if (faults.Count == 0 && signals == Signals.None)
        {
            faults.Add("views, votes, comments, clicks: at least one");
        }

        if (faults.Count > 0)
        {
            return new AcceptSignalsOutcome.Refused(faults);
        }

        return await stories.SignalsAsync(id, signals, cancellationToken) == StoryChange.Updated
            ? new AcceptSignalsOutcome.Updated()
            : new AcceptSignalsOutcome.NotFound();
    }
}
