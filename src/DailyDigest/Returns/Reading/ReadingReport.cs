namespace DailyDigest.Returns;

/// <summary>The outcome of a reading.</summary>
public enum ReadingOutcome
{
    /// <summary>No mailbox is configured.</summary>
    NoMailbox,

    /// <summary>The next reading is not due yet, or another program reads now.</summary>
    NotNow,

    /// <summary>It was read.</summary>
    Read,

    /// <summary>It could not be read, or not to its end.</summary>
    Failed,
}

/// <summary>The result of one reading.</summary>
/// <param name="Outcome">Whether it was read.</param>
public sealed record ReadingReport(ReadingOutcome Outcome)
{
    /// <summary>The messages by result.</summary>
    public IReadOnlyDictionary<ReturnResult, int> Results { get; init; } = new Dictionary<ReturnResult, int>();

    /// <summary>Messages in the mailbox that were left for a person, now or before; null if that is not known.</summary>
    public int? SetAside { get; init; }

    /// <summary>True if messages wait that can be read at once: the reading had reached its limit.</summary>
    public bool HasMore { get; init; }

    /// <summary>Why it failed, in one line without addresses and secrets; null if it did not.</summary>
    public string? Fault { get; init; }
}
