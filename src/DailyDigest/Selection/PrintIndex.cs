namespace DailyDigest.Selection;

/// <summary>
/// Finds the few prints that can be alike without comparing all with all. Prefix filtering: two sets whose Jaccard likeness is at least
/// t share one of the n - ceil(t n) + 1 rarest features of each (Bayardo, Ma, Srikant: Scaling Up All Pairs Similarity Search, 2007).
/// Exact: it leaves out no pair that <see cref="TitlePrint.IsSameNewsAs"/> would accept.
/// </summary>
internal sealed class PrintIndex
{
    private readonly Dictionary<ulong, int> counts = [];
    private readonly Dictionary<ulong, List<int>> postings = [];
    private readonly List<TitlePrint> prints = [];

    // Kept from one question to the next: the question at which each print was last found, instead of a set to be filled anew.
    private readonly List<int> foundAt = [];
    private readonly List<int> found = [];
    private int asked;

    /// <summary>Learns how rare features are from all prints that will be added or asked for.</summary>
    public PrintIndex(IEnumerable<TitlePrint> all)
    {
        foreach (var feature in all.SelectMany(print => print.Features))
        {
            counts[feature] = counts.GetValueOrDefault(feature) + 1;
        }
    }

    /// <summary>Adds a print; its number is how many were added before.</summary>
    public void Add(TitlePrint print)
    {
        foreach (var feature in Rarest(print))
        {
            if (!postings.TryGetValue(feature, out var list))
            {
                postings[feature] = list = [];
            }

            list.Add(prints.Count);
        }

        prints.Add(print);
        foundAt.Add(0);
    }

    /// <summary>The lowest number among the added prints that match; null if none does.</summary>
    public int? First(TitlePrint print, Func<TitlePrint, bool> matches)
    {
        asked++;
        found.Clear();
        foreach (var feature in Rarest(print))
        {
            foreach (var number in postings.GetValueOrDefault(feature, []))
            {
                if (foundAt[number] != asked)
                {
                    foundAt[number] = asked;
                    found.Add(number);
                }
            }
        }

        found.Sort();
        foreach (var number in found)
        {
            if (matches(prints[number]))
            {
                return number;
            }
        }

        return null;
    }

    /// <summary>The print of that number.</summary>
    public TitlePrint this[int number] => prints[number];

    // Whole numbers for ceil(0.4 n), so that no rounding cuts a prefix short.
    private IEnumerable<ulong> Rarest(TitlePrint print)
    {
        var all = print.Features;
        return all.OrderBy(feature => counts[feature]).ThenBy(feature => feature).Take(all.Length - (((2 * all.Length) + 4) / 5) + 1);
    }
}
