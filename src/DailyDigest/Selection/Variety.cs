namespace DailyDigest.Selection;

/// <summary>
/// Takes the stories of a block one after another by maximal marginal relevance: the score of a story against its likeness to the stories
/// that were taken (Carbonell, Goldstein: The Use of MMR, 1998). There is no limit that switches on: each like story costs a little more.
/// </summary>
/// <param name="ranked">The block, best first.</param>
/// <param name="weight">The weight of likeness, 0 to 1 (<see cref="SelectionOptions.Variety"/>); the score has the rest.</param>
internal sealed class Variety(IReadOnlyList<Cluster> ranked, double weight)
{
    /// <summary>Likeness of two stories of one section.</summary>
    internal const double Section = 0.5;

    /// <summary>Likeness of two stories of one source.</summary>
    internal const double Source = 0.25;

    /// <summary>Likeness of two stories with the same words in their titles.</summary>
    internal const double Words = 0.25;

    private readonly double[] likeness = new double[ranked.Count];
    private readonly bool[] isTaken = new bool[ranked.Count];

    /// <summary>
    /// Takes the next story: pinned ones first, in their order. Returns null if none is left that may be taken. Equal stories are taken in
    /// the order of the block.
    /// </summary>
    public Cluster? Next(Func<Cluster, bool> mayBeTaken)
    {
        var (best, most) = (-1, double.NegativeInfinity);
        for (var i = 0; i < ranked.Count; i++)
        {
            if (isTaken[i] || !mayBeTaken(ranked[i]))
            {
                continue;
            }

            if (ranked[i].First.Story.Desk.Pinned)
            {
                (best, most) = (i, 0);
                break;
            }

            var value = ((1 - weight) * Math.Log2(ranked[i].First.Value)) - (weight * likeness[i]);
            if (best < 0 || value > most)
            {
                (best, most) = (i, value);
            }
        }

        if (best < 0)
        {
            return null;
        }

        isTaken[best] = true;
        for (var i = 0; i < ranked.Count; i++)
        {
            likeness[i] += Likeness(ranked[i].First, ranked[best].First);
        }

        return ranked[best];
    }

    private static double Likeness(Candidate one, Candidate other)
    {
        var (first, second) = (one.Fingerprint.Features, other.Fingerprint.Features);
        var common = TitleFingerprint.Common(first, second);
        return (IsSame(one.Story.Section?.Trim(), other.Story.Section?.Trim()) ? Section : 0)
            + (IsSame(one.Story.Source, other.Story.Source) ? Source : 0)
            + (common == 0 ? 0 : Words * common / (first.Length + second.Length - common));
    }

    private static bool IsSame(string? one, string? other) =>
        !string.IsNullOrEmpty(one) && string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
