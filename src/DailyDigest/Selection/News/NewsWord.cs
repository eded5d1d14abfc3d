namespace DailyDigest.Selection;

/// <summary>An entry of the list of words.</summary>
/// <param name="Text">The form in which it is compared.</param>
/// <param name="Classes">Its classes.</param>
/// <param name="Opposites">The pairs of opposites to which it belongs: positive on one side of a pair, negative on the other.</param>
internal sealed record NewsWord(string Text, WordClass Classes, IReadOnlyList<int> Opposites)
{
    public bool Is(WordClass any) => (Classes & any) != 0;

    /// <summary>True if the two say the opposite of each other, as "rises" and "falls" do.</summary>
    public bool IsOppositeOf(NewsWord other)
    {
        foreach (var side in Opposites)
        {
            if (other.Opposites.Contains(-side))
            {
                return true;
            }
        }

        return false;
    }
}
