namespace DailyDigest.Feeds;

/// <summary>A feed as fetched: its bytes, unpacked, and what HTTP said of them.</summary>
/// <param name="Url">Where it was found at last: relative links are meant against it.</param>
/// <param name="Bytes">The document.</param>
/// <param name="Charset">The charset of Content-Type, null if it named none.</param>
/// <param name="ETag">Verbatim, null if none.</param>
/// <param name="LastModified">Verbatim, null if none.</param>
/// <param name="MovedTo">Where permanent redirects led, null if there were none.</param>
internal sealed record FeedDocument(Uri Url, byte[] Bytes, string? Charset, string? ETag, string? LastModified, string? MovedTo);

/// <summary>The feed cannot be had or read; the message is the sentence that an operator sees. Never leaves this project.</summary>
internal sealed class FeedFault(string reason) : Exception(reason);
