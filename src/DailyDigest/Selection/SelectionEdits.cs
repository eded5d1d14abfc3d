using DailyDigest.Content;
using DailyDigest.Edits;

namespace DailyDigest.Selection;

/// <summary>The decisions of editors about a date, as selection applies them.</summary>
/// <param name="edits">The decisions.</param>
/// <param name="rhythm">The rhythm of the digest.</param>
internal sealed class SelectionEdits(DayEdits edits, string rhythm)
{
    /// <summary>No decisions.</summary>
    public static readonly SelectionEdits None = new(DayEdits.None(default), "");

    /// <summary>The ids of the stories that an editor approved; null for no restriction.</summary>
    public IReadOnlySet<string>? Approved { get; } = edits.Approved(rhythm);

    /// <summary>The story with the decisions about the date added to its lasting ones.</summary>
    public Story Decide(Story story) => edits.Of(story.Id).Decide(story);

    /// <summary>The stories of a block in the editor's order.</summary>
    public List<Cluster> Ordered(List<Cluster> block) => [.. edits.Ordered(block, cluster => cluster.First.Story.Id)];

    /// <summary>The item with the title, teaser and picture that an editor wrote. A reason names what was written.</summary>
    public DigestItem Rewrite(DigestItem item)
    {
        var edit = edits.Of(item.Story.Id);
        IReadOnlyList<string> reasons =
        [
            .. item.Reasons,
            .. edits.Order.Contains(item.Story.Id) ? ["placed by the desk"] : Array.Empty<string>(),
            .. edit.Rewritten.Select(what => $"{what} written by the desk"),
        ];
        return item with { Story = edit.Rewrite(item.Story), Reasons = reasons };
    }
}
