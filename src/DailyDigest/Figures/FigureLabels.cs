using System.Text;

namespace DailyDigest.Figures;

/// <summary>
/// Counts by label, such as a receiving domain or a feed, of a limited number of labels. As text a line for each: the label, a tab and its
/// counts. If there are too many, the smallest are added to <see cref="Other"/>.
/// </summary>
public sealed class FigureLabels
{
    /// <summary>The label of everything that has no label of its own.</summary>
    public const string Other = "other";

    private const int MaxLength = 80;
    private readonly Dictionary<string, FigureCounts> values = new(StringComparer.Ordinal);

    /// <summary>True if nothing was counted.</summary>
    public bool IsEmpty => values.Count == 0;

    /// <summary>The labels with their counts; the largest first, and the others last.</summary>
    public IReadOnlyList<(string Label, FigureCounts Counts)> List() =>
    [
        .. values.OrderBy(pair => pair.Key == Other).ThenByDescending(pair => pair.Value.Sum)
            .ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => (pair.Key, pair.Value)),
    ];

    /// <summary>Adds to a count of the label. If the labels exceed <paramref name="max"/>, the smallest is added to the others.</summary>
    public void Add(string label, string name, long by, int max)
    {
        Of(Clean(label)).Add(name, by);
        if (values.Count > max + 1 && values.Count > 1)
        {
            Fold(values.Where(pair => pair.Key != Other && pair.Key != label).MinBy(pair => pair.Value.Sum).Key);
        }
    }

    /// <summary>Adds all counts of all labels.</summary>
    public void Add(FigureLabels other)
    {
        foreach (var (label, counts) in other.values)
        {
            Of(label).Add(counts);
        }
    }

    /// <summary>Replaces the counts of a label.</summary>
    public void Set(string label, FigureCounts counts) => values[Clean(label)] = counts;

    /// <summary>The largest labels that <paramref name="named"/> accepts; everything else is among the others.</summary>
    public FigureLabels Largest(int max, Func<string, FigureCounts, bool> named)
    {
        var all = Copy();
        var kept = all.List().Where(one => one.Label != Other && named(one.Label, one.Counts)).Take(max)
            .Select(one => one.Label).ToHashSet();
        foreach (var label in all.values.Keys.Where(label => label != Other && !kept.Contains(label)).ToList())
        {
            all.Fold(label);
        }

        return all;
    }

    /// <summary>The counts of all labels together.</summary>
    public FigureCounts Total()
    {
        var total = new FigureCounts();
        foreach (var counts in values.Values)
        {
            total.Add(counts);
        }

        return total;
    }

    /// <summary>A copy that changes on its own.</summary>
    public FigureLabels Copy()
    {
        var copy = new FigureLabels();
        copy.Add(this);
        return copy;
    }

    /// <summary>Reads what <see cref="ToString"/> wrote; what cannot be read is left out.</summary>
    public static FigureLabels Parse(string? text)
    {
        var labels = new FigureLabels();
        foreach (var line in (text ?? "").Split('\n'))
        {
            if (line.Split('\t') is [{ Length: > 0 } label, var counts])
            {
                labels.Of(Clean(label)).Add(FigureCounts.Parse(counts));
            }
        }

        return labels;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (label, counts) in List())
        {
            text.Append(text.Length == 0 ? "" : "\n").Append(label).Append('\t').Append(counts);
        }

        return text.ToString();
    }

    private FigureCounts Of(string label) =>
        values.TryGetValue(label, out var counts) ? counts : values[label] = new FigureCounts();

    private void Fold(string label)
    {
        values.Remove(label, out var counts);
        Of(Other).Add(counts!);
    }

    private static string Clean(string label)
    {
        var clean = label.Length <= MaxLength && !label.Any(char.IsControl)
            ? label : string.Concat(label.Where(one => !char.IsControl(one)).Take(MaxLength));
        return clean.Trim() is { Length: > 0 } named ? named : Other;
    }
}
