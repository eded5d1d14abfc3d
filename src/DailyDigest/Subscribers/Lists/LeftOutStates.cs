namespace DailyDigest.Subscribers;

/// <summary>A state for which rows were left out.</summary>
/// <param name="Column">The column that says it; null if another row of the same reader does.</param>
/// <param name="Value">The state, empty for none; null if the column has dates or texts.</param>
/// <param name="Rows">The rows.</param>
/// <param name="IsKnown">False if nobody knows whether the state means that the reader left.</param>
public sealed record LeftOutState(string? Column, string? Value, int Rows, bool IsKnown);

/// <summary>Counts the rows that a list's own state leaves out, by the state.</summary>
internal sealed class LeftOutStates
{
    // A bound on memory: a column with the wrong content has as many values as rows.
    private const int MaxStates = 200;
    private const string Others = "…";

    private static readonly RowDeparture OtherRow = new("", null, true, null);

    private readonly Dictionary<(string Column, string? Value), (int Rows, bool IsKnown)> counts = [];

    /// <summary>Counts a row; null stands for one of a reader whose other row says that they left.</summary>
    public void Add(RowDeparture? departure)
    {
        var one = departure ?? OtherRow;
        var key = (one.Column, one.Value);
        if (counts.Count >= MaxStates && !counts.ContainsKey(key))
        {
            key = (one.Column, Others);
        }

        counts[key] = (counts.GetValueOrDefault(key).Rows + 1, one.IsKnown);
    }

    /// <summary>The states with their rows, the most frequent first.</summary>
    public IReadOnlyList<LeftOutState> List() =>
        [.. counts.OrderByDescending(one => one.Value.Rows).ThenBy(one => one.Key.Column, StringComparer.Ordinal)
            .ThenBy(one => one.Key.Value, StringComparer.Ordinal)
            .Select(one => new LeftOutState(
                one.Key.Column.Length == 0 ? null : one.Key.Column, one.Key.Value, one.Value.Rows, one.Value.IsKnown))];
}
