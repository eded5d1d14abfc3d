using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>A story in a digest, and why it is there.</summary>
/// <param name="Story">As it was when frozen.</param>
/// <param name="Cluster">The piece of news it stands for; never sent to the cohort again.</param>
/// <param name="Score">What it was ranked by; higher is earlier.</param>
/// <param name="Reasons">The score's terms, in words a person understands, in the order they were applied.</param>
/// <param name="AlsoIn">Sources whose copies were folded into it.</param>
public sealed record DigestItem(Story Story, string Cluster, double Score, IReadOnlyList<string> Reasons, IReadOnlyList<string> AlsoIn);

/// <summary>A candidate that was not taken.</summary>
/// <param name="StoryId">The story.</param>
/// <param name="Title">Its title.</param>
/// <param name="Score">What it would have been ranked by.</param>
/// <param name="Reason">Why not, in words a person understands.</param>
public sealed record PassedOver(string StoryId, string Title, double Score, string Reason);
