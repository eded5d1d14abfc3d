using System.Globalization;

namespace DailyDigest.Feeds;

/// <summary>Collects what was odd in a document, for the feed's record. No text of the document gets in.</summary>
internal sealed class FeedNotes
{
    private readonly SortedDictionary<string, int> repairs = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> refusals = new(StringComparer.Ordinal);

    /// <summary>Refused entries.</summary>
    public int Refused => refusals.Values.Sum();

    /// <summary>The name of the charset in which the document was read.</summary>
    public string Charset { get; set; } = "";

    /// <summary>Entries left out because another entry is the same story.</summary>
    public int Same { get; set; }

    /// <summary>Counts a repair, such as "bare &amp;".</summary>
    public void Repair(string kind, int count = 1)
    {
        if (count > 0)
        {
            Count(repairs, kind, count);
        }
    }

    /// <summary>Counts a refused entry. The reason follows a number: "without a title".</summary>
    public void Refuse(string reason, int count = 1)
    {
        if (count > 0)
        {
            Count(refusals, reason, count);
        }
    }

    /// <summary>The repairs of <paramref name="other"/> count too.</summary>
    public void Add(FeedNotes other)
    {
        foreach (var (kind, count) in other.repairs)
        {
            Repair(kind, count);
        }
    }

    /// <summary>One phrase for the repairs, one for the refused entries, one for those left out.</summary>
    public IReadOnlyList<string> ToList()
    {
        var notes = new List<string>();
        if (repairs.Count > 0)
        {
            notes.Add("read with repairs: " + string.Join(", ", repairs.Select(one => $"{one.Key}{Times(one.Value)}")));
        }

        if (refusals.Count > 0)
        {
            notes.Add("refused: " + string.Join(", ", refusals.Select(one => $"{Number(one.Value)} {one.Key}")));
        }

        if (Same > 0)
        {
            notes.Add($"left out: {Number(Same)} the same as another entry");
        }

        return notes;
    }

    private static void Count(SortedDictionary<string, int> counts, string what, int count) =>
        counts[what] = counts.GetValueOrDefault(what) + count;

    private static string Times(int count) => count == 1 ? "" : $" ({Number(count)})";

    private static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
