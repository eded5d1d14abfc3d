namespace DailyDigest.Delivery;

/// <summary>
/// Counts refusals in the same words with nobody served in between: so many are about us, whatever the words are, and must not burn the list.
/// </summary>
/// <param name="trouble">What kept the part's last holder from going on.</param>
internal sealed class AlikeRefusals(string? trouble)
{
    private const int Most = 25;
    private const string RefusesEverybody = "the relay refuses everybody: ";

    private string? words = IsTrouble(trouble) ? trouble![RefusesEverybody.Length..] : null;
    private int count = IsTrouble(trouble) ? Most - 1 : 0;

    /// <summary>True while the relay refused everybody when it was last asked: then it is asked for one reader, and one refusal more is enough.</summary>
    public bool IsProbing { get; private set; } = IsTrouble(trouble);

    /// <summary>What to say of the relay; null while it is not one that refuses everybody.</summary>
    public string? Trouble => count >= Most ? RefusesEverybody + words : null;

    /// <summary>True if the trouble of a part is of this kind.</summary>
    public static bool IsTrouble(string? trouble) => trouble?.StartsWith(RefusesEverybody, StringComparison.Ordinal) == true;

    /// <summary>Takes the relay's answer to a message.</summary>
    public void Count(SendResult? result)
    {
        if (result is { Outcome: SendOutcome.Sent })
        {
            (words, count, IsProbing) = (null, 0, false);
        }
        else if (result is { Outcome: SendOutcome.Rejected })
        {
            var said = result.Reply.Length > Refusals.MostReply ? result.Reply[..Refusals.MostReply] : result.Reply;
            (words, count) = (said, said == words ? count + 1 : 1);
        }
    }
}
