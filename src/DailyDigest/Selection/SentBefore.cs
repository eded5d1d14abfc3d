namespace DailyDigest.Selection;

/// <summary>Tells which of the candidates a cohort was sent already, in whatever guise.</summary>
internal sealed class SentBefore
{
    private readonly SentHistory sent;
    private readonly PrintIndex titles;

    public SentBefore(SentHistory sent, IReadOnlyList<Candidate> candidates)
    {
        this.sent = sent;
        Candidates = candidates;
        titles = new PrintIndex([.. sent.Titles, .. candidates.Select(candidate => candidate.Print)]);
        foreach (var title in sent.Titles)
        {
            titles.Add(title);
        }
    }

    public IReadOnlyList<Candidate> Candidates { get; }

    /// <summary>Why the cluster is a repeat: one of its members was sent. Null if it is news.</summary>
    public string? Reason(Cluster cluster)
    {
        if (sent.Clusters.Contains(cluster.Id) || cluster.Members.Any(member => sent.Has(member.Story) || sent.Clusters.Contains(member.Story.Id)))
        {
            return "already sent to these readers";
        }

        foreach (var member in cluster.Members)
        {
            if (titles.First(member.Print, member.Print.IsRepeatOf) is { } number)
            {
                return $"already sent to these readers as “{titles[number].Title}”";
            }
        }

        return null;
    }
}
