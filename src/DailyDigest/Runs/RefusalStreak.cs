namespace DailyDigest.Runs;

/// <summary>
/// Counts the refusals of a part that follow one another, and says when they stop the part by the rules of <see cref="RefusalPolicy"/>.
/// </summary>
/// <param name="lastTrouble">Why the part was stopped the last time; null if it was not, or was served since.</param>
internal sealed class RefusalStreak(string? lastTrouble)
{
    private const string RefusesEverybody = "the relay refuses everybody: ";

    private string? words = IsOfEverybody(lastTrouble) ? lastTrouble![RefusesEverybody.Length..] : null;
    private int equal = IsOfEverybody(lastTrouble) ? RefusalPolicy.MaxInARow - 1 : 0;

    // After such a stop a few refusals are enough. One is not, because it may really be about that reader.
    private int ofUs = IsOfUs(lastTrouble) ? RefusalPolicy.MaxInARow - RefusalPolicy.ReducedLimit : 0;
    private string? refusalOfUs;
    private int breaks;

    /// <summary>
    /// True while the relay rejected everybody when it was last tried: then one reader is tried, and one more rejection stops the part.
    /// </summary>
    public bool IsProbing { get; private set; } = IsOfEverybody(lastTrouble);

    /// <summary>Why the part stops, one line; null while it goes on.</summary>
    public string? Trouble { get; private set; }

    /// <summary>True if a part's trouble is that the relay rejected many readers in the same words.</summary>
    public static bool IsOfEverybody(string? trouble) => trouble?.StartsWith(RefusesEverybody, StringComparison.Ordinal) == true;

    /// <summary>True if a part's trouble is that the relay refused us at its readers.</summary>
    public static bool IsOfUs(string? trouble) => trouble?.StartsWith(SendResult.RefusesUs, StringComparison.Ordinal) == true;

    /// <summary>Counts the relay's answer to a message; null if the message was not begun.</summary>
    public void Count(SendResult? result)
    {
        if (result is null)
        {
            return;
        }

        breaks = result.Outcome == SendOutcome.Unknown ? breaks + 1 : 0;
        switch (result)
        {
            case { Outcome: SendOutcome.Sent }:
                (words, equal, IsProbing, ofUs, refusalOfUs) = (null, 0, false, 0, null);
                break;
            case { Outcome: SendOutcome.RelayRefused, AtRecipient: true }:
                (ofUs, refusalOfUs) = (ofUs + 1, IsOfUs(result.Reply) ? result.Reply : SendResult.RefusesUs + result.Reply);
                break;
            case { Outcome: SendOutcome.Rejected }:
                var reply = RefusalReasons.Shorten(result.Reply);
                (words, equal) = (reply, reply == words ? equal + 1 : 1);
                break;
        }

        Trouble ??= result is { Outcome: SendOutcome.RelayRefused, AtRecipient: false } ? result.Reply
            : breaks >= RefusalPolicy.MaxBreaksInARow ? "the relay breaks off before it answers: " + result.Reply
            : equal >= RefusalPolicy.MaxInARow ? RefusesEverybody + words
            : ofUs >= RefusalPolicy.MaxInARow ? refusalOfUs
            : null;
    }

    /// <summary>Call when no reader is left to be tried now, or the time is used up: fewer refusals of us are enough then.</summary>
    /// <param name="sentAny">True if the part has sent anything.</param>
    public void End(bool sentAny) => Trouble ??= ofUs >= RefusalPolicy.ReducedLimit || !sentAny ? refusalOfUs : null;
}
