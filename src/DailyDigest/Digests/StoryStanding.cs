namespace DailyDigest.Digests;

/// <summary>The places that a story can have.</summary>
public enum StoryPlace
{
    /// <summary>In no digest, and in none that comes.</summary>
    None,

    /// <summary>An editor hides it from every digest.</summary>
    Hidden,

    /// <summary>In the next digest.</summary>
    Coming,

    /// <summary>Sent, itself or as a part of the same news.</summary>
    Sent,

    /// <summary>Told by another story of the next digest, which is the same news.</summary>
    Folded,

    /// <summary>Not in the next digest, for a reason.</summary>
    PassedOver,
}

/// <summary>The place of a story for readers of the home cohort with one choice of languages.</summary>
/// <param name="Place">The place.</param>
/// <param name="Language">The language that these readers chose; null for readers of all stories.</param>
/// <param name="Date">The local date of the digest.</param>
/// <param name="Position">Its place in the next digest, from 1; 0 for none.</param>
/// <param name="Reason">Why it is passed over, a phrase in English; null if it is not, or if the reason is not kept.</param>
/// <param name="Into">The id of the story that tells it; null if none does.</param>
/// <param name="IntoTitle">The title of that story.</param>
public sealed record StoryStanding(
    StoryPlace Place, string? Language, DateOnly? Date, int Position = 0, string? Reason = null, string? Into = null,
    string? IntoTitle = null);
