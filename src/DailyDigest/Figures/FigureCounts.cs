using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DailyDigest.Figures;

/// <summary>Named numbers, in the order of their names. As text: <c>rejected=3 sent=120</c>. A name that is missing counts 0.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "Counts, in the words of the product; that they can be listed is a detail.")]
public sealed class FigureCounts : IEnumerable<KeyValuePair<string, long>>
{
    private readonly SortedDictionary<string, long> values = new(StringComparer.Ordinal);

    /// <summary>The number with the name; 0 if it is missing.</summary>
    public long this[string name] => values.GetValueOrDefault(name);

    /// <summary>True if every number is 0.</summary>
    public bool IsEmpty => values.Count == 0;

    /// <summary>The sum of all numbers.</summary>
    public long Sum => values.Values.Sum();

    /// <summary>Adds to the number with the name, which has no space and no equals sign.</summary>
    public void Add(string name, long by)
    {
        var sum = values.GetValueOrDefault(name) + by;
        if (sum == 0)
        {
            values.Remove(name);
        }
        else
        {
            values[name] = sum;
        }
    }

    /// <summary>Adds every number.</summary>
    public void Add(FigureCounts other)
    {
        foreach (var (name, value) in other.values)
        {
            Add(name, value);
        }
    }

    /// <summary>The numbers whose names the test accepts.</summary>
    public FigureCounts Where(Func<string, bool> accepts)
    {
        var some = new FigureCounts();
        foreach (var (name, value) in values.Where(pair => accepts(pair.Key)))
        {
            some.Add(name, value);
        }

        return some;
    }

    /// <summary>A copy that changes on its own.</summary>
    public FigureCounts Copy() => Where(_ => true);

    /// <summary>Reads what <see cref="ToString"/> wrote. A stored text is hostile: what cannot be read is left out.</summary>
    public static FigureCounts Parse(string? text)
    {
        var counts = new FigureCounts();
        foreach (var pair in (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = pair.LastIndexOf('=');
            if (at > 0 && long.TryParse(pair.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                && value is > -MaxValue and < MaxValue)
            {
                counts.Add(pair[..at], value);
            }
        }

        return counts;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(' ', values.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}={pair.Value}")));

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, long>> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // Larger numbers are damage, and their sums would overflow.
    private const long MaxValue = 1L << 50;
}
