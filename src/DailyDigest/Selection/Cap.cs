using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>
/// At most so many of one section or source in a block. A cap is there to make room for others: where all stories of a block
/// have the same section or source (a publication with one feed), it does not apply, and stories without one are not capped.
/// </summary>
internal sealed class Cap(string word, int most, Func<Story, string?> of, IReadOnlyList<Cluster> block)
{
    private readonly Dictionary<string, int> taken = new(StringComparer.OrdinalIgnoreCase);
    private readonly bool applies = most > 0
        && block.Select(cluster => of(cluster.First.Story) ?? "").Distinct(StringComparer.OrdinalIgnoreCase).Skip(1).Any();

    /// <summary>Why the story may not come in; null if it may.</summary>
    public string? Refusal(Story story, string item) =>
        applies && of(story) is { Length: > 0 } name && taken.GetValueOrDefault(name) >= most
            ? $"over the cap of {Reasons.Counted(most, item)} from one {word} ({name})"
            : null;

    /// <summary>Counts a story that came in.</summary>
    public void Take(Story story)
    {
        if (of(story) is { Length: > 0 } name)
        {
            taken[name] = taken.GetValueOrDefault(name) + 1;
        }
    }
}
