namespace DailyDigest.Feeds;

/// <summary>Counts the parts of an XML document while it is read: a tree takes many times the memory of its text.</summary>
internal sealed class FeedSize
{
    private readonly int[] children = new int[FeedLimits.MaxDepth + 2];
    private int nodes;

    /// <summary>Counts an element. Its depth is the number of its ancestors.</summary>
    /// <exception cref="FeedFault">The document has too many parts.</exception>
    public void Add(int depth, int attributes)
    {
        if (depth > FeedLimits.MaxDepth)
        {
            throw new FeedFault($"elements nested more than {FeedLimits.MaxDepth} deep");
        }

        if (attributes > FeedLimits.MaxAttributes)
        {
            throw new FeedFault($"an element with more than {FeedLimits.MaxAttributes} attributes");
        }

        // An element's own children are counted from zero.
        children[depth + 1] = 0;
        if (++children[depth] > FeedLimits.MaxChildren)
        {
            throw new FeedFault("an element with more than 20,000 children");
        }

        if ((nodes += 1 + attributes) > FeedLimits.MaxNodes)
        {
            throw new FeedFault("more than 300,000 elements and attributes");
        }
    }
}
