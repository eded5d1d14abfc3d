using DailyDigest.Settings;

namespace DailyDigest.Subscribers;

/// <summary>
/// Finds values of active readers that no setting offers: a section or language that was removed, or a zone by an old name.
/// </summary>
public sealed class FindUnmatched(SubscriberStore subscribers, Publication publication)
{
    /// <summary>Reads every subscriber. Returns the values with the number of readers, the most frequent first.</summary>
    public async Task<IReadOnlyList<UnmatchedChoice>> ExecuteAsync(CancellationToken cancellationToken)
    {
        var choices = new UnmatchedChoices(publication);
        await foreach (var person in subscribers.ScanAsync(SubscriberStatus.Active, null, cancellationToken))
        {
            choices.Add(person.Language, person.Sections, person.Zone);
        }

        return choices.List();
    }
}
