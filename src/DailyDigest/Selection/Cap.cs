using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>
/// Limits the stories of one section or source in a block, to make room for others. It does not apply if all stories of the block have the
/// same section or source (a publication with one feed). Stories without a section or source are not limited.
/// </summary>
internal sealed class Cap(string word, int max, Func<Story, string?> of, IReadOnlyList<Cluster> block)
{
    private readonly Dictionary<string, int> taken = new(StringComparer.OrdinalIgnoreCase);
    private readonly bool applies = max > 0
        && block.Select(cluster => of(cluster.First.Story) ?? "").Distinct(StringComparer.OrdinalIgnoreCase).Skip(1).Any();

    /// <summary>Why the story is over the limit; null if it is not.</summary>
    public string? Refusal(Story story, string item) =>
        applies && of(story) is { Length: > 0 } name && taken.GetValueOrDefault(name) >= max
            ? $"over the cap of {Reasons.Counted(max, item)} from one {word} ({name})"
            : null;

    /// <summary>Counts a story that was taken.</summary>
    public void Take(Story story)
    {
        if (of(story) is { Length: > 0 } name)
        {
            taken[name] = taken.GetValueOrDefault(name) + 1;
        }
    }
}
