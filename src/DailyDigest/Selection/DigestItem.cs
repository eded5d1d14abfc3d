using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>A story in a digest, and why it is there.</summary>
/// <param name="Story">The story when the digest was frozen.</param>
/// <param name="Cluster">The id of its cluster, which is never sent to the cohort again.</param>
/// <param name="Score">The rank value; higher is earlier.</param>
/// <param name="Reasons">The terms of the score as sentences, in the order of application.</param>
/// <param name="AlsoIn">Other sources of the same news.</param>
public sealed record DigestItem(Story Story, string Cluster, double Score, IReadOnlyList<string> Reasons, IReadOnlyList<string> AlsoIn);

/// <summary>A candidate that was not taken.</summary>
/// <param name="StoryId">The story.</param>
/// <param name="Title">Its title.</param>
/// <param name="Score">The rank value it would have had.</param>
/// <param name="Reason">Why it was not taken, for a person.</param>
public sealed record PassedOver(string StoryId, string Title, double Score, string Reason);
