using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Selection;

namespace DailyDigest.Server.Commands;

/// <summary>
/// Advises to raise a cap that leaves a digest shorter than allowed: a cap makes room for other sources, and there were none.
/// </summary>
internal static class CapAdvice
{
    /// <summary>One sentence; null if no cap applied, or the digest is full.</summary>
    public static string? Of(Digest digest, SelectionOptions options)
    {
        var posts = digest.Items.Count(item => item.Story.Kind == StoryKind.BlogPost);
        var blocks = new[]
        {
            ("article", "articles", options.MaxArticles - digest.Items.Count + posts),
            ("blog post", "blog posts", options.MaxBlogPosts - posts),
        };
        var (over, settings, rooms) = (0, new SortedSet<string>(StringComparer.Ordinal), new List<string>());
        foreach (var (one, many, room) in blocks.Where(block => block.Item3 > 0))
        {
            var caps = digest.PassedOver.Where(
                story => story.Reason.StartsWith("over the cap of", StringComparison.Ordinal)
                    && story.Reason.Contains($" {one}", StringComparison.Ordinal)).ToList();
            if (caps.Count > 0)
            {
                over += caps.Count;
                rooms.Add($"{room} more {(room == 1 ? one : many)}");
                settings.UnionWith(caps.Select(story => story.Reason.Contains("from one source", StringComparison.Ordinal)
                    ? $"Selection__MaxPerSource ({options.MaxPerSource})" : $"Selection__MaxPerSection ({options.MaxPerSection})"));
            }
        }

        return over == 0 ? null
            : $"There is room for {string.Join(" and ", rooms)}, but {over} {(over == 1 ? "is" : "are")} over a cap: raise "
                + $"{string.Join(" or ", settings)} if they belong here, 0 for no cap.";
    }
}
