using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>A fetched feed, decompressed, with its HTTP headers.</summary>
/// <param name="Url">The URL after redirects: the base of relative links.</param>
/// <param name="Bytes">The document.</param>
/// <param name="Charset">The charset of Content-Type, null if it named none.</param>
/// <param name="ETag">Verbatim, null if none.</param>
/// <param name="LastModified">Verbatim, null if none.</param>
/// <param name="MovedTo">The target of permanent redirects, null if there were none.</param>
internal sealed record FeedDocument(Uri Url, byte[] Bytes, string? Charset, string? ETag, string? LastModified, string? MovedTo);

/// <summary>The feed cannot be fetched or read. The message is shown to the operator. It is caught in this project.</summary>
internal sealed class FeedFault(string reason) : Exception(reason)
{
    /// <summary>The feeds that the document names, if it is a page.</summary>
    public IReadOnlyList<string> Named { get; init; } = [];

    /// <summary>The kind of the fault.</summary>
    public FeedProblem Problem { get; init; }
}
