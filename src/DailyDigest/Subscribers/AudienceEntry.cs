namespace DailyDigest.Subscribers;

/// <summary>The data of a subscriber that delivery needs: a row of the audience of one cohort and slice.</summary>
/// <param name="SubscriberId">The subscriber.</param>
/// <param name="Address">The recipient's address.</param>
/// <param name="Language">BCP 47 tag.</param>
/// <param name="Sections">Chosen sections; empty for all.</param>
/// <param name="From">First local date on which the row counts.</param>
/// <param name="Until">Last local date on which it counts; null for no end.</param>
/// <param name="Removed">True for a tombstone: this row sends no mail.</param>
/// <param name="Version">The version of the subscriber that the row projects.</param>
public sealed record AudienceEntry(
    string SubscriberId, string Address, string Language, IReadOnlyList<string> Sections,
    DateOnly From, DateOnly? Until, bool Removed, long Version)
{
    /// <summary>Languages of stories; empty for the language of the mails.</summary>
    public IReadOnlyList<string> StoryLanguages { get; init; } = [];

    /// <summary>True if the subscriber gets the digest of the date through this row.</summary>
    public bool CountsOn(DateOnly date) => !Removed && From <= date && (Until is null || date <= Until);
}
