namespace DailyDigest.Content;

/// <summary>The names of story kinds outside the program: <c>article</c> and <c>blog-post</c> (or <c>blogPost</c>), in any case.</summary>
public static class StoryKinds
{
    /// <summary>The kind as people read it: article or blog post.</summary>
    public static string Words(StoryKind kind) => kind == StoryKind.BlogPost ? "blog post" : "article";

    /// <summary>The kind, or null if the name is neither.</summary>
    public static StoryKind? Parse(string? name) => name?.Trim().Replace("-", "", StringComparison.Ordinal).ToUpperInvariant() switch
    {
        "ARTICLE" => StoryKind.Article,
        "BLOGPOST" => StoryKind.BlogPost,
        _ => null,
    };
}
