namespace DailyDigest.Selection;

/// <summary>An entry of the list of words.</summary>
/// <param name="Text">The form in which it is compared.</param>
/// <param name="Classes">Its classes.</param>
/// <param name="Opposites">The groups of opposites to which it belongs, each with its side (<see cref="Side"/>).</param>
internal sealed record NewsWord(string Text, WordClass Classes, IReadOnlyList<int> Opposites)
{
    /// <summary>Number of sides that a group of opposites may have.</summary>
    public const int MaxSides = 8;

    /// <summary>The languages in which the word tells no news: a bit for each line of the section [stop].</summary>
    public int StopLanguages { get; init; }

    /// <summary>True if the word tells no news in one language, and has a meaning in another: "die", "sur".</summary>
    public bool IsStopElsewhere { get; init; }

    public bool Is(WordClass any) => (Classes & any) != 0;

    /// <summary>True if the two say the opposite of each other, as "rises" and "falls" do.</summary>
    public bool IsOppositeOf(NewsWord other)
    {
        foreach (var side in Opposites)
        {
            foreach (var another in other.Opposites)
            {
                if (side != another && side / MaxSides == another / MaxSides)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The entry of <see cref="Opposites"/> for a side of a group.</summary>
    public static int Side(int group, int side) => (group * MaxSides) + side;
}
