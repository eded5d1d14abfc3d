namespace DailyDigest.Selection;

/// <summary>Detects candidates that were already sent to the cohort, also under another URL or title.</summary>
internal sealed class RepeatFilter
{
    private readonly SentHistory sent;
    private readonly FingerprintIndex titles;

    public RepeatFilter(SentHistory sent, IReadOnlyList<Candidate> candidates)
    {
        this.sent = sent;
        Candidates = candidates;
        titles = new FingerprintIndex([.. sent.Titles, .. candidates.Select(candidate => candidate.Fingerprint)]);
        foreach (var title in sent.Titles)
        {
            titles.Add(title);
        }
    }

    public IReadOnlyList<Candidate> Candidates { get; }

    /// <summary>Why the cluster is a repeat: one of its members was sent. Null if it is new.</summary>
    public string? Reason(Cluster cluster)
    {
        if (sent.Clusters.Contains(cluster.Id)
            || cluster.Members.Any(member => sent.Has(member.Story) || sent.Clusters.Contains(member.Story.Id)))
        {
            return "already sent to these readers";
        }

        foreach (var member in cluster.Members)
        {
            if (titles.First(member.Fingerprint, member.Fingerprint.IsRepeatOf) is { } number)
            {
                return $"already sent to these readers as “{titles[number].Title}”";
            }
        }

        return null;
    }
}
