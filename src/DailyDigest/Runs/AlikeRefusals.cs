namespace DailyDigest.Runs;

/// <summary>
/// Counts refusals with nobody served in between: of readers in the same words, which so many are about us, whatever the words are, and must not burn the
/// list; and of us, said at a reader, which one or a few are about that reader, whatever the words are, and must not stop the others.
/// </summary>
/// <param name="trouble">What kept the part's last holder from going on.</param>
internal sealed class AlikeRefusals(string? trouble)
{
    private const int Most = 25;
    private const string RefusesEverybody = "the relay refuses everybody: ";

    private string? words = IsTrouble(trouble) ? trouble![RefusesEverybody.Length..] : null;
    private int count = IsTrouble(trouble) ? Most - 1 : 0;

    // After such trouble a few are enough, and not one: that one may be a reader of that kind.
    private int ofUs = IsOfUs(trouble) ? Most - Refusals.Several : 0;
    private string? said;

    /// <summary>True while the relay refused everybody when it was last asked: then it is asked for one reader, and one refusal more is enough.</summary>
    public bool IsProbing { get; private set; } = IsTrouble(trouble);

    /// <summary>What to say of the relay; null while it is not one that refuses everybody.</summary>
    public string? Trouble => count >= Most ? RefusesEverybody + words : ofUs >= Most ? said : null;

    /// <summary>True if the trouble of a part is of this kind.</summary>
    public static bool IsTrouble(string? trouble) => trouble?.StartsWith(RefusesEverybody, StringComparison.Ordinal) == true;

    /// <summary>True if the trouble of a part is that the relay refuses us at its readers.</summary>
    public static bool IsOfUs(string? trouble) => trouble?.StartsWith(Refusals.RefusesUs, StringComparison.Ordinal) == true;

    /// <summary>
    /// What to say of the relay when there is nobody left to ask now: several were refused and nobody was served since, or fewer of a part of which nobody
    /// ever was. One or two of a part that was served otherwise are those readers' matter.
    /// </summary>
    public string? TroubleAtEnd(bool sentAny) => ofUs >= Refusals.Several || !sentAny ? said : null;

    /// <summary>Takes the relay's answer to a message.</summary>
    public void Count(SendResult? result)
    {
        if (result is { Outcome: SendOutcome.Sent })
        {
            (words, count, IsProbing, ofUs, said) = (null, 0, false, 0, null);
        }
        else if (result is { Outcome: SendOutcome.RelayRefused, AtRecipient: true })
        {
            (ofUs, said) = (ofUs + 1, IsOfUs(result.Reply) ? result.Reply : Refusals.RefusesUs + result.Reply);
        }
        else if (result is { Outcome: SendOutcome.Rejected })
        {
            var said = result.Reply.Length > Refusals.MostReply ? result.Reply[..Refusals.MostReply] : result.Reply;
            (words, count) = (said, said == words ? count + 1 : 1);
        }
    }
}
