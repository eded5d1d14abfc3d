namespace DailyDigest.Selection;

/// <summary>
/// Finds similar fingerprints without comparing all pairs. Prefix filtering: two sets whose Jaccard similarity is at least t share one of
/// the n - ceil(t n) + 1 rarest features of each (Bayardo, Ma, Srikant: Scaling Up All Pairs Similarity Search, 2007).
/// Exact: it finds every pair that <see cref="TitleFingerprint.IsSameNewsAs"/> accepts.
/// </summary>
internal sealed class FingerprintIndex
{
    private readonly Dictionary<ulong, int> counts = [];
    private readonly Dictionary<ulong, List<int>> postings = [];
    private readonly List<TitleFingerprint> fingerprints = [];

    // The number of the query that last found each fingerprint: replaces a set that would be filled for every query.
    private readonly List<int> foundBy = [];
    private readonly List<int> found = [];
    private int query;

    /// <summary>Counts the features of all fingerprints that will be added or searched.</summary>
    public FingerprintIndex(IEnumerable<TitleFingerprint> all)
    {
        foreach (var feature in all.SelectMany(fingerprint => fingerprint.Features.Concat(fingerprint.FullFeatures ?? [])))
        {
            counts[feature] = counts.GetValueOrDefault(feature) + 1;
        }
    }

    /// <summary>Adds a fingerprint. Its number is the count of those added before.</summary>
    public void Add(TitleFingerprint fingerprint)
    {
        foreach (var feature in Rarest(fingerprint))
        {
            if (!postings.TryGetValue(feature, out var list))
            {
                postings[feature] = list = [];
            }

            list.Add(fingerprints.Count);
        }

        fingerprints.Add(fingerprint);
        foundBy.Add(0);
    }

    /// <summary>Returns the lowest number of an added fingerprint that matches; null for none.</summary>
    public int? First(TitleFingerprint fingerprint, Func<TitleFingerprint, bool> matches)
    {
        query++;
        found.Clear();
        foreach (var feature in Rarest(fingerprint))
        {
            foreach (var number in postings.GetValueOrDefault(feature, []))
            {
                if (foundBy[number] != query)
                {
                    foundBy[number] = query;
                    found.Add(number);
                }
            }
        }

        found.Sort();
        foreach (var number in found)
        {
            if (matches(fingerprints[number]))
            {
                return number;
            }
        }

        return null;
    }

    /// <summary>The fingerprint with that number.</summary>
    public TitleFingerprint this[int number] => fingerprints[number];

    private IEnumerable<ulong> Rarest(TitleFingerprint fingerprint) => fingerprint.FullFeatures is { } full
        ? Rarest(fingerprint.Features).Union(Rarest(full)) : Rarest(fingerprint.Features);

    // Computes ceil(0.3 n) with integers, so that rounding never shortens a prefix.
    private IEnumerable<ulong> Rarest(ulong[] all) =>
        all.OrderBy(feature => counts[feature]).ThenBy(feature => feature).Take(all.Length - (((3 * all.Length) + 9) / 10) + 1);
}
