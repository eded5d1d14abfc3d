using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>A candidate with its score and fingerprint.</summary>
internal sealed record Candidate(Story Story, StoryScore Score, TitleFingerprint Fingerprint)
{
    public double Value { get; } = Score.Value;
}

/// <summary>The candidates that report the same news; the first represents the cluster.</summary>
internal sealed class Cluster(Candidate first)
{
    private readonly List<Candidate> members = [first];

    public Candidate First => members[0];

    public IReadOnlyList<Candidate> Members => members;

    /// <summary>The id of the earliest member's story. It does not depend on scores, and stays if a later copy joins.</summary>
    public string Id =>
        members.OrderBy(member => member.Story.Published).ThenBy(member => member.Story.Id, StringComparer.Ordinal).First().Story.Id;

    /// <summary>The other sources, each once, ordered by id.</summary>
    public IReadOnlyList<string> AlsoIn =>
        [.. members.Select(member => member.Story.Source).Where(source => source != First.Story.Source).Distinct()
            .Order(StringComparer.Ordinal)];

    /// <summary>
    /// Groups near-identical candidates. The representative is pinned, or has the higher score, the earlier publication, the lower id, in
    /// this order.
    /// Every member resembles its representative, and no two representatives resemble each other. So similarity does not chain from one
    /// piece of news to another, and no news appears twice in a mail.
    /// </summary>
    public static List<Cluster> Fold(IReadOnlyList<Candidate> candidates)
    {
        var index = new FingerprintIndex(candidates.Select(candidate => candidate.Fingerprint));
        var clusters = new List<Cluster>();
        foreach (var candidate in candidates
            .OrderByDescending(candidate => candidate.Story.Desk.Pinned).ThenByDescending(candidate => candidate.Value)
            .ThenBy(candidate => candidate.Story.Published).ThenBy(candidate => candidate.Story.Id, StringComparer.Ordinal))
        {
            if (index.First(candidate.Fingerprint, candidate.Fingerprint.IsSameNewsAs) is { } number)
            {
                clusters[number].members.Add(candidate);
            }
            else
            {
                index.Add(candidate.Fingerprint);
                clusters.Add(new Cluster(candidate));
            }
        }

        return clusters;
    }
}
