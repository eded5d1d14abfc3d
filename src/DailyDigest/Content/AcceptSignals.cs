namespace DailyDigest.Content;

/// <summary>What pushing signals gave.</summary>
public abstract record AcceptSignalsOutcome
{
    private AcceptSignalsOutcome() { }

    /// <summary>The story has these signals now.</summary>
    public sealed record Updated : AcceptSignalsOutcome;

    /// <summary>There is no such story.</summary>
    public sealed record NotFound : AcceptSignalsOutcome;

    /// <summary>Nothing was kept; one line per fault, each beginning with the field's name.</summary>
    public sealed record Refused(IReadOnlyList<string> Faults) : AcceptSignalsOutcome;
}

/// <summary>Accepts a story's signals: totals, so that the same push twice changes nothing.</summary>
public sealed class AcceptSignals(StoryStore stories)
{
    /// <summary>Puts the given totals over the known ones.</summary>
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
