namespace DailyDigest.Feeds;

/// <summary>
/// The depths at which elements of each name are open. Most end tags of a broken document end none of them, and to look at each open
/// element for each end tag takes too long.
/// </summary>
internal sealed class OpenPlaces
{
    private readonly Dictionary<(string Prefix, string Local), List<int>> places = [];
    private readonly List<int> items = [];

    /// <summary>
    /// The depth of the open element that the end tag ends; null for none. The end tag of a part of an item ends nothing outside it.
    /// </summary>
    public int? EndedBy(TagName name) => places.GetValueOrDefault((name.Prefix, name.Local)) is [.., > 0 and var own]
        && (name.IsItem || name.IsContainer || items.Count == 0 || own >= items[^1]) ? own : null;

    public void Open(TagName name, int depth)
    {
        if (!places.TryGetValue((name.Prefix, name.Local), out var own))
        {
            places[(name.Prefix, name.Local)] = own = [];
        }

        own.Add(depth);
        if (name.IsItem)
        {
            items.Add(depth);
        }
    }

    /// <summary>Ends the innermost element of the name.</summary>
    public void Close(TagName name)
    {
        var own = places[(name.Prefix, name.Local)];
        own.RemoveAt(own.Count - 1);
        if (name.IsItem)
        {
            items.RemoveAt(items.Count - 1);
        }
    }
}
