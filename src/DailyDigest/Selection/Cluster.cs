using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>A candidate with what selection worked out about it.</summary>
internal sealed record Candidate(Story Story, StoryScore Score, TitlePrint Print)
{
    public double Value { get; } = Score.Value;
}

/// <summary>The candidates that are one piece of news, the one that stands for it first.</summary>
internal sealed class Cluster(Candidate first)
{
    private readonly List<Candidate> members = [first];

    public Candidate First => members[0];

    public IReadOnlyList<Candidate> Members => members;

    /// <summary>The id of the earliest member's story: it outlives a change of score, and stays when a later copy joins.</summary>
    public string Id => members.OrderBy(member => member.Story.Published).ThenBy(member => member.Story.Id, StringComparer.Ordinal).First().Story.Id;

    /// <summary>The other sources, each once, by name.</summary>
    public IReadOnlyList<string> AlsoIn =>
        [.. members.Select(member => member.Story.Source).Where(source => source != First.Story.Source).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>
    /// Folds near-identical candidates. Who stands for a cluster: pinned, then higher score, then earlier published, then lower id.
    /// Every member is alike to the one that stands for it, and no two of those are alike: so there is no chain from one piece of
    /// news to another by way of a third, and nothing stands twice in a mail.
    /// </summary>
    public static List<Cluster> Fold(IReadOnlyList<Candidate> candidates)
    {
        var index = new PrintIndex(candidates.Select(candidate => candidate.Print));
        var clusters = new List<Cluster>();
        foreach (var candidate in candidates
            .OrderByDescending(candidate => candidate.Story.Desk.Pinned).ThenByDescending(candidate => candidate.Value)
            .ThenBy(candidate => candidate.Story.Published).ThenBy(candidate => candidate.Story.Id, StringComparer.Ordinal))
        {
            if (index.First(candidate.Print, candidate.Print.IsSameNewsAs) is { } number)
            {
                clusters[number].members.Add(candidate);
            }
            else
            {
                index.Add(candidate.Print);
                clusters.Add(new Cluster(candidate));
            }
        }

        return clusters;
    }
}
