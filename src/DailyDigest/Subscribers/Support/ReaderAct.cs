namespace DailyDigest.Subscribers;

/// <summary>An act of an operator for one reader.</summary>
public abstract record ReaderAct
{
    private ReaderAct()
    {
    }

    /// <summary>No digest before the date (<c>yyyy-MM-dd</c>), as typed.</summary>
    public sealed record Pause(string? Until) : ReaderAct;

    /// <summary>Ends a pause.</summary>
    public sealed record Resume : ReaderAct;

    /// <summary>Ends a rest after refused digests.</summary>
    public sealed record Wake : ReaderAct;

    /// <summary>Ends the subscription.</summary>
    public sealed record Leave : ReaderAct;

    /// <summary>Restores a subscription that ended because mail bounced.</summary>
    public sealed record Restore : ReaderAct;

    /// <summary>Sends the confirmation mail of a waiting sign-up again.</summary>
    public sealed record Resend : ReaderAct;

    /// <summary>Changes hour, rhythm, zone, language and sections.</summary>
    public sealed record Change(Preferences Wanted) : ReaderAct;

    /// <summary>Stops all mail to the reader's address.</summary>
    public sealed record Suppress(Suppression Reason) : ReaderAct;

    /// <summary>Erases the person. The operator typed the address.</summary>
    public sealed record Erase(string? TypedAddress) : ReaderAct;

    /// <summary>The name in the audit.</summary>
    public string Verb => "reader." + GetType().Name.ToLowerInvariant();
}

/// <summary>The outcome of an act. All except <see cref="Done"/> changed nothing.</summary>
public enum ReaderActOutcome
{
    /// <summary>Done.</summary>
    Done,

    /// <summary>There is no such reader.</summary>
    NotFound,

    /// <summary>The reader was changed since the operator saw them.</summary>
    Changed,

    /// <summary>The reader is not subscribed, or not any more.</summary>
    NotSubscribed,

    /// <summary>The text is not a date.</summary>
    NotADate,

    /// <summary>The date is today or earlier.</summary>
    TooEarly,

    /// <summary>The date is more than a year ahead.</summary>
    TooLate,

    /// <summary>The zone, hour, rhythm or a section does not exist.</summary>
    NotUnderstood,

    /// <summary>Hour, zone or rhythm were changed too often within 24 hours.</summary>
    TooOften,

    /// <summary>No sign-up waits for a confirmation.</summary>
    NotWaiting,

    /// <summary>The reader does not rest.</summary>
    NotResting,

    /// <summary>The status is not bounced: the reader can only come back by their own confirmation.</summary>
    NotBounced,

    /// <summary>The typed address is not the reader's.</summary>
    NotConfirmed,
}

/// <summary>The result of an act.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Before">The reader in words before it, without the address; null if there was none.</param>
/// <param name="After">The same after it; null if there is none any more.</param>
public sealed record ReaderActResult(ReaderActOutcome Outcome, string? Before = null, string? After = null);
